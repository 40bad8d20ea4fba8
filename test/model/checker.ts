import { eventHeaders } from "../../src/core/event.ts";
import { fingerprint } from "../../src/core/fingerprint.ts";
import { partitionOf } from "../../src/core/murmur2.ts";
import type { JournalRow } from "../../src/ports/store.ts";
import type { World } from "./fleet.ts";
import type { StoredMessage } from "./partition-log.ts";
import { prefix, topics } from "./scenario.ts";
import { ledgerKey } from "./simulated-postgres.ts";

/** A record that a read-committed reader sees, with the journal row it says it is. */
interface VisibleRecord extends StoredMessage {
  topic: string;
  partition: number;
  shard: number;
  seq: string;
  nonce: string;
}

/** Every visible record, in the order of each partition; a null that follows a delete on a compacted topic is checked here and left out. */
function visibleRecords({ kafka, violated }: World): VisibleRecord[] {
  return topics.flatMap(({ topic, compacted }) =>
    kafka.logs(topic).flatMap((log, partition) => {
      const records: VisibleRecord[] = [];
      let expectsNull = false;
      for (const message of log.readCommitted()) {
        const { headers, value } = message;
        const [shard, seq = "none", nonce = "none"] = ["shard", "seq", "batch"].map(
          (name) => headers[`tidemark-${name}`],
        );
        const last = records.at(-1);
        if ((value === null) !== expectsNull || (value === null && last?.seq !== seq))
          violated(
            `I3: ${topic}/${partition} has ${value === null ? "a null" : "no null"} at ${shard}:${seq}`,
          );
        if (value !== null) records.push({ ...message, topic, partition, shard: Number(shard), seq, nonce });
        expectsNull = compacted && value !== null && headers["ce_type"] === "tidemark.account.deleted.v1";
      }
      if (expectsNull) violated(`I3: ${topic}/${partition} lacks the null after its last delete`);
      return records;
    }),
  );
}

/** Shards whose published events are not what the journal holds: only where the stores contradict each other. */
export function forkedShards(world: World): Set<number> {
  const journal = journalOf(world);
  const forked = visibleRecords(world).filter(
    ({ shard, seq, nonce }) => !journal.has(ledgerKey(shard, seq, nonce)),
  );
  return new Set(forked.map(({ shard }) => shard));
}

/** The next number to publish, as it is really committed. */
export function positionOf({ kafka }: World, shard: number): bigint | null {
  const found = kafka.groups.truth(`${prefix}.publisher.${shard}`).get(`${prefix}.progress/${2 * shard}`);
  return found === undefined ? null : BigInt(found.offset);
}

/** What holds at any moment, contradictions or not: nothing twice (I2), in order (I3), nothing that was not journalled (I4). */
export function checkPublished(world: World): void {
  const { violated, postgres, scenario } = world;
  const published = new Set<string>();
  const last = new Map<string, bigint>();
  const versions = new Map<string, { version: number; isDeleted: boolean }>();

  for (const record of visibleRecords(world)) {
    const { topic, partition, shard, seq, nonce, key, value, headers } = record;
    const number = `${shard}:${seq}`;
    if (published.has(number)) violated(`I2: ${number} is visible twice`);
    published.add(number);

    const row = postgres.ledger.get(ledgerKey(shard, seq, nonce));
    if (row === undefined) {
      violated(`I4: ${number} is visible, but it was never journalled`);
      continue;
    }
    const isSame = row.topic === topic && row.key === key && row.value === value;
    if (!isSame || JSON.stringify(eventHeaders(row, shard)) !== JSON.stringify(headers))
      violated(`I4: ${number} has other bytes than its journal row`);
    if (partition !== partitionOf(key, scenario.partitions))
      violated(`I3: ${number} is in a partition that is not its key's`);

    const place = `${topic}/${partition} of shard ${shard}`;
    if (BigInt(seq) <= (last.get(place) ?? 0n))
      violated(`I3: ${number} comes after ${last.get(place)} in ${place}`);
    last.set(place, BigInt(seq));

    const known = versions.get(key) ?? { version: 0, isDeleted: true };
    if (row.version !== known.version + 1)
      violated(`I3: ${key} has version ${row.version} after ${known.version} (${number})`);
    if ((row.op === "inserted") !== known.isDeleted)
      violated(`I3: ${key} is ${row.op} at version ${row.version} (${number})`);
    versions.set(key, { version: row.version, isDeleted: row.op === "deleted" });
  }
}

/** What holds once everything is healed and drained: nothing is missing (I1), and topics, database and upstreams agree (I5). */
export function checkComplete(world: World): void {
  const { violated, postgres, upstreams } = world;
  const records = visibleRecords(world);
  const visible = new Set(records.map(({ shard, seq, nonce }) => ledgerKey(shard, seq, nonce)));
  const journal = journalOf(world);
  for (const number of journal.keys())
    if (!visible.has(number)) violated(`I1: ${number} is journalled, but not visible`);
  for (const number of visible)
    if (!journal.has(number)) violated(`I4: ${number} is visible, but not in the journal`);
  for (const { id, journal } of postgres.memory.state.shards.values()) {
    journal.forEach(({ seq }, index) => {
      if (seq !== String(index + 1))
        violated(`I3: the journal of shard ${id} has ${seq} at place ${index + 1}`);
    });
  }

  const folded = new Map<string, { version: number; document: string | null }>();
  for (const { key, value } of records) {
    const event = JSON.parse(value ?? "") as { version: number; after: object | null };
    folded.set(key, {
      version: event.version,
      document: event.after === null ? null : JSON.stringify(event.after),
    });
  }
  for (const source of postgres.memory.state.sources.values()) {
    const { id, name } = source;
    if (source.state !== "running")
      violated(`I5: source ${name} is ${source.state}: ${source.haltedCode}, ${source.haltedReason}`);
    const stored = postgres.memory.state.accounts.get(id) ?? new Map();
    const truth = upstreams.get(name)?.population() ?? new Map();
    for (const account of stored.values()) {
      const event = folded.get(`${name}/${account.id}`);
      if (event?.version !== account.version || event?.document !== account.document)
        violated(
          `I5: the topics tell ${JSON.stringify(event)} of ${name}/${account.id}, the database holds ${JSON.stringify(account)}`,
        );
      if (account.document !== null && !truth.has(account.id))
        violated(`I5: ${name}/${account.id} lives, but not upstream`);
    }
    for (const [accountId, document] of truth) {
      const { text } = fingerprint(document, []);
      if (stored.get(accountId)?.document !== text)
        violated(
          `I1: ${name}/${accountId} is ${text} upstream, and ${stored.get(accountId)?.document} in the database`,
        );
    }
    const living = [...stored.values()].filter(({ document }) => document !== null).length;
    if (source.population !== living)
      violated(`I5: source ${name} counts ${source.population} accounts, ${living} live`);
    const known = [...folded.keys()].filter((key) => key.startsWith(`${name}/`)).length;
    if (known !== stored.size)
      violated(`I5: the topics tell of ${known} accounts of ${name}, the database holds ${stored.size}`);
  }
}

/** I9: of a shard whose stores contradict each other nothing is published that was journalled after they did. */
export function checkRefused(world: World, forked: ReadonlySet<number>, sinceMs: number): void {
  const journal = journalOf(world);
  for (const { shard, seq, nonce } of visibleRecords(world)) {
    const row = world.postgres.ledger.get(ledgerKey(shard, seq, nonce));
    if (
      forked.has(shard) &&
      row !== undefined &&
      row.committedAtMs > sinceMs &&
      journal.has(ledgerKey(shard, seq, nonce))
    )
      world.violated(`I9: ${shard}:${seq} was published after the stores had come to contradict each other`);
  }
}

function journalOf({ postgres }: World): Map<string, JournalRow> {
  return new Map(
    [...postgres.memory.state.shards.values()].flatMap(({ id, journal }) =>
      journal.map((row): [string, JournalRow] => [ledgerKey(id, row.seq, row.batchNonce), row]),
    ),
  );
}
