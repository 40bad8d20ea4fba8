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
}

/** An account as the database holds it. */
export interface StoredAccount {
  key: string;
  version: number;
  hash: string;
  isDeleted: boolean;
}

/**
 * Compares what the database says with what a read-committed reader has found: every journal row is there exactly once, with
 * the bytes, headers and partition it must have, in the journal's order within each partition; the journal has no gap; each
 * account's versions are 1, 2, 3 …, begin with an insert and go on after a delete with an insert; and the accounts in the
 * database are in the state that their last event tells of.
 *
 * @param records In the order of their partitions. Not for compacted topics.
 * @returns one sentence for each thing that is wrong.
 */
export function checkJournal(
  { rows, accounts }: { rows: readonly JournalledEvent[]; accounts: readonly StoredAccount[] },
  records: readonly CommittedRecord[],
  partitions: number,
): string[] {
  return [
    ...gaps(rows),
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
  for (const { shard, seq } of rows.toSorted((a, b) => Number(BigInt(a.seq) - BigInt(b.seq)))) {
    const expected = next.get(shard) ?? 1n;
    if (BigInt(seq) !== expected)
      faults.push(`the journal has ${shard}:${seq} where ${expected} is expected`);
    next.set(shard, BigInt(seq) + 1n);
  }
  return faults;
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
    if (found.has(number)) faults.push(`${number} is published twice`);
    found.add(number);
    if (row === undefined) {
      faults.push(`${number} is published, but not in the journal`);
      continue;
    }
    const { topic, key, value } = record;
    if (topic !== row.topic || key !== row.key || value !== row.value)
      faults.push(`${number} has another topic, key or value than in the journal`);
    if (JSON.stringify(sorted(record.headers)) !== JSON.stringify(sorted(expectedHeaders(row))))
      faults.push(`${number} has other headers than its row: ${JSON.stringify(record.headers)}`);
    if (record.partition !== partitionOf(row.key, partitions))
      faults.push(`${number} is in partition ${record.partition} instead of its key's`);
  }
  for (const number of journal.keys())
    if (!found.has(number)) faults.push(`${number} is in the journal, but not published`);
  return faults;
}

/** Written down once more, on purpose: this is the contract, not the code that is tested. */
function expectedHeaders(row: JournalledEvent): Record<string, string> {
  const [source = ""] = row.key.split("/", 1);
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
  };
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
    if (BigInt(seq) <= before) faults.push(`${shard}:${seq} comes after ${shard}:${before} in ${place}`);
    last.set(place, BigInt(seq));
  }
  return faults;
}

function brokenHistories(records: readonly CommittedRecord[], accounts: readonly StoredAccount[]): string[] {
  const faults: string[] = [];
  const known = new Map<string, StoredAccount>();
  for (const { key, value, headers } of records) {
    const { op, version } = JSON.parse(value ?? "{}") as { op?: string; version?: number };
    const before = known.get(key ?? "");
    if (key === null || version === undefined || op === undefined) {
      faults.push(`a record of ${key} is no event`);
      continue;
    }
    if (version !== (before?.version ?? 0) + 1)
      faults.push(`${key} has version ${version} after ${before?.version ?? "nothing"}`);
    const mustInsert = before === undefined || before.isDeleted;
    if (mustInsert !== (op === "inserted"))
      faults.push(`${key} is ${op} ${mustInsert ? "although it does not live" : "although it lives"}`);
    known.set(key, { key, version, hash: headers["tidemark-hash"] ?? "", isDeleted: op === "deleted" });
  }
  for (const account of accounts) {
    const told = JSON.stringify(known.get(account.key));
    if (told !== JSON.stringify(account))
      faults.push(`the database holds ${JSON.stringify(account)}, the topics tell ${told ?? "nothing"}`);
  }
  if (known.size !== accounts.length)
    faults.push(`the topics tell of ${known.size} accounts, the database holds ${accounts.length}`);
  return faults;
}
