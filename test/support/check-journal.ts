import { partitionOf } from "../../src/core/murmur2.ts";
import type { CommittedRecord } from "./console-consumer.ts";

/** A journal row as the database holds it. */
export interface JournalledEvent {
  shard: number;
  /** Decimal text. */
  seq: string;
  version: number;
  op: string;
  topic: string;
  key: string;
  value: string;
  /** Hexadecimal. */
  hash: string;
  batchNonce: string;
  observedAt: Date;
  /** Of what was published again: by which replay, and its number before; null there: it is a snapshot. */
  replay?: { id: string; originSeq: string | null } | null;
}

/** An account as the database holds it. */
export interface StoredAccount {
  key: string;
  version: number;
  hash: string;
  isDeleted: boolean;
}

/**
 * Compares what the database says with what a read-committed reader has found:
 *
 * - I1 no loss: the journal's numbers have no gap, and every row is there
 * - I2 no duplicate: once
 * - I3 order: in the journal's order within each partition; each account's versions are 1, 2, 3 …, begin with an insert and go on
 *   after a delete with an insert
 * - I4 no ghost: nothing else is there, and what is there has the bytes, headers and partition that it must have
 * - I5 state: the accounts in the database are in the state that their last event tells of
 * - I7 single writer: what was committed together is together, and of one source
 *
 * What a replay has brought is at its place as all else, tells what its original tells, is there once per replay, and says nothing of accounts.
 *
 * @param records In the order of their partitions. Not for compacted topics.
 * @returns one sentence for each thing that is wrong; it begins with the invariant.
 */
export function checkJournal(
  { rows, accounts }: { rows: readonly JournalledEvent[]; accounts: readonly StoredAccount[] },
  records: readonly CommittedRecord[],
  partitions: number,
): string[] {
  return [
    ...gaps(rows),
    ...mixedCommits(rows),
    ...wrongReplays(rows),
    ...differences(rows, records, partitions),
    ...disorder(records),
    ...brokenHistories(records, accounts),
  ];
}

function numberOf({ shard, seq }: Pick<JournalledEvent, "shard" | "seq">): string {
  return `${shard}:${seq}`;
}

function originOf({ headers }: CommittedRecord): { shard: number; seq: string } {
  return { shard: Number(headers["tidemark-shard"]), seq: headers["tidemark-seq"] ?? "none" };
}

function gaps(rows: readonly JournalledEvent[]): string[] {
  const faults: string[] = [];
  const next = new Map<number, bigint>();
  for (const { shard, seq } of inOrder(rows)) {
    const expected = next.get(shard) ?? 1n;
    if (BigInt(seq) !== expected)
      faults.push(`I1 no loss: the journal has ${shard}:${seq} where ${expected} is expected`);
    next.set(shard, BigInt(seq) + 1n);
  }
  return faults;
}

/** A commit takes its numbers in one go: the rows of one nonce follow each other, and tell of one source. */
function mixedCommits(rows: readonly JournalledEvent[]): string[] {
  const faults: string[] = [];
  const lastOf = new Map<string, JournalledEvent>();
  for (const row of inOrder(rows)) {
    const commit = `${row.shard}:${row.batchNonce}`;
    const before = lastOf.get(commit);
    lastOf.set(commit, row);
    if (before === undefined) continue;
    if (BigInt(row.seq) !== BigInt(before.seq) + 1n)
      faults.push(
        `I7 single writer: other rows lie between ${numberOf(before)} and ${numberOf(row)} of one commit`,
      );
    if (sourceOf(row) !== sourceOf(before) && !isReplayed(row))
      faults.push(
        `I7 single writer: ${numberOf(before)} and ${numberOf(row)} of one commit tell of two sources`,
      );
  }
  return faults;
}

/** True of a copy of an earlier event; snapshots are new ones. */
function isReplayed({ replay }: JournalledEvent): boolean {
  return (replay?.originSeq ?? null) !== null;
}

function wrongReplays(rows: readonly JournalledEvent[]): string[] {
  const faults: string[] = [];
  const journal = new Map(rows.map((row) => [numberOf(row), row]));
  const told = ({ key, version, op, value, hash, observedAt }: JournalledEvent) =>
    JSON.stringify([key, version, op, value, hash, observedAt]);
  const found = new Set<string>();
  for (const row of rows.filter(isReplayed)) {
    const origin = numberOf({ shard: row.shard, seq: row.replay?.originSeq ?? "" });
    const copy = `${origin} by replay ${row.replay?.id}`;
    const original = journal.get(origin);
    if (found.has(copy)) faults.push(`I2 no duplicate: ${copy} is in the journal twice`);
    found.add(copy);
    if (original === undefined || isReplayed(original) || told(original) !== told(row))
      faults.push(`I4 no ghost: ${numberOf(row)} does not tell what ${origin} tells`);
  }
  return faults;
}

function inOrder(rows: readonly JournalledEvent[]): JournalledEvent[] {
  return rows.toSorted((a, b) => a.shard - b.shard || Number(BigInt(a.seq) - BigInt(b.seq)));
}

function sourceOf({ key }: JournalledEvent): string {
  return key.split("/", 1)[0] ?? "";
}

function differences(
  rows: readonly JournalledEvent[],
  records: readonly CommittedRecord[],
  partitions: number,
): string[] {
  const faults: string[] = [];
  const journal = new Map(rows.map((row) => [numberOf(row), row]));
  const found = new Set<string>();
  for (const record of records) {
    const number = numberOf(originOf(record));
    const row = journal.get(number);
    if (found.has(number)) faults.push(`I2 no duplicate: ${number} is published twice`);
    found.add(number);
    if (row === undefined) {
      faults.push(`I4 no ghost: ${number} is published, but not in the journal`);
      continue;
    }
    const { topic, key, value } = record;
    if (topic !== row.topic || key !== row.key || value !== row.value)
      faults.push(`I4 no ghost: ${number} has another topic, key or value than in the journal`);
    if (JSON.stringify(sorted(record.headers)) !== JSON.stringify(sorted(expectedHeaders(row))))
      faults.push(`I4 no ghost: ${number} has other headers than its row: ${JSON.stringify(record.headers)}`);
    if (record.partition !== partitionOf(row.key, partitions))
      faults.push(`I4 no ghost: ${number} is in partition ${record.partition} instead of its key's`);
  }
  for (const number of journal.keys())
    if (!found.has(number)) faults.push(`I1 no loss: ${number} is in the journal, but not published`);
  return faults;
}

/** Written down once more, on purpose: this is the contract, not the code that is tested. */
function expectedHeaders(row: JournalledEvent): Record<string, string> {
  const source = sourceOf(row);
  return {
    ce_specversion: "1.0",
    ce_id: `${row.key}/${row.version}`,
    ce_type: `tidemark.account.${row.op}.v1`,
    ce_source: `/tidemark/${source}`,
    ce_subject: row.key.slice(source.length + 1),
    ce_time: row.observedAt.toISOString(),
    "content-type": "application/json",
    "tidemark-shard": String(row.shard),
    "tidemark-seq": row.seq,
    "tidemark-batch": row.batchNonce,
    "tidemark-hash": row.hash,
    ...(row.replay ? { "tidemark-replay": replayHeader(row.shard, row.replay) } : {}),
  };
}

function replayHeader(shard: number, { id, originSeq }: NonNullable<JournalledEvent["replay"]>): string {
  return originSeq === null ? id : `${id}/${shard}:${originSeq}`;
}

function sorted(headers: Readonly<Record<string, string>>): [string, string][] {
  return Object.entries(headers).sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Within a partition, the numbers of each shard rise. */
function disorder(records: readonly CommittedRecord[]): string[] {
  const faults: string[] = [];
  const last = new Map<string, bigint>();
  for (const record of records) {
    const { shard, seq } = originOf(record);
    const place = `${record.topic}/${record.partition} of shard ${shard}`;
    const before = last.get(place) ?? 0n;
    if (BigInt(seq) <= before)
      faults.push(`I3 order: ${shard}:${seq} comes after ${shard}:${before} in ${place}`);
    last.set(place, BigInt(seq));
  }
  return faults;
}

function brokenHistories(records: readonly CommittedRecord[], accounts: readonly StoredAccount[]): string[] {
  const faults: string[] = [];
  const known = new Map<string, StoredAccount>();
  for (const { key, value, headers } of records) {
    if ("tidemark-replay" in headers) continue;
    const { op, version } = JSON.parse(value ?? "{}") as { op?: string; version?: number };
    const before = known.get(key ?? "");
    if (key === null || version === undefined || op === undefined) {
      faults.push(`I4 no ghost: a record of ${key} is no event`);
      continue;
    }
    if (version !== (before?.version ?? 0) + 1)
      faults.push(`I3 order: ${key} has version ${version} after ${before?.version ?? "nothing"}`);
    const mustInsert = before === undefined || before.isDeleted;
    if (mustInsert !== (op === "inserted"))
      faults.push(
        `I3 order: ${key} is ${op} ${mustInsert ? "although it does not live" : "although it lives"}`,
      );
    known.set(key, { key, version, hash: headers["tidemark-hash"] ?? "", isDeleted: op === "deleted" });
  }
  for (const account of accounts) {
    const told = JSON.stringify(known.get(account.key));
    if (told !== JSON.stringify(account))
      faults.push(
        `I5 state: the database holds ${JSON.stringify(account)}, the topics tell ${told ?? "nothing"}`,
      );
  }
  if (known.size !== accounts.length)
    faults.push(`I5 state: the topics tell of ${known.size} accounts, the database holds ${accounts.length}`);
  return faults;
}
