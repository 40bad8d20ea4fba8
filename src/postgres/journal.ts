import type { JournalFacts, JournalRow } from "../ports/store.ts";
import { type Queryable, run, sql } from "./sql.ts";

const next = sql(
  "journal.next",
  // octet_length reads the stored size, not the value: rows beyond the limit cost next to nothing.
  `select seq, account_id, version, op, topic, key, value, encode(hash, 'hex') as hash, observed_at, batch_nonce, replay_id, origin_seq
   from (
     select journal.*, sum(octet_length(value)) over (order by seq) - octet_length(value) as bytes_before
     from journal where shard = $1::integer and seq >= $2::bigint order by seq limit $3::integer
   ) as ahead
   where bytes_before < $4::bigint order by seq`,
);

type Stored<Row extends JournalFacts> = Omit<Row, "accountId" | "observedAt" | "batchNonce" | "replay"> & {
  account_id: string;
  observed_at: Date;
  batch_nonce: string;
  replay_id: string | null;
  origin_seq: string | null;
};

const row = sql(
  "journal.row",
  `select seq, account_id, version, op, topic, key, encode(hash, 'hex') as hash, observed_at, batch_nonce, replay_id, origin_seq
   from journal where shard = $1::integer and seq = $2::bigint`,
);

/** @see JournalStore.nextJournal */
export async function nextJournal(
  db: Queryable,
  read: { shard: number; from: string; limit: number; maxBytes: number },
): Promise<JournalRow[]> {
  const rows = await run<Stored<JournalRow>>(db, next, [read.shard, read.from, read.limit, read.maxBytes]);
  return rows.map((stored) => ({ ...factsOf(stored), value: stored.value }));
}

/** @see JournalStore.journalRow */
export async function journalRow(db: Queryable, shard: number, seq: string): Promise<JournalFacts | null> {
  const [stored] = await run<Stored<JournalFacts>>(db, row, [shard, seq]);
  return stored === undefined ? null : factsOf(stored);
}

const topics = sql(
  "journal.topics",
  "select distinct topic from journal where shard = $1::integer and seq >= $2::bigint order by topic",
);

/** @see JournalStore.journalTopics */
export async function journalTopics(db: Queryable, shard: number, from: string): Promise<string[]> {
  return (await run<{ topic: string }>(db, topics, [shard, from])).map(({ topic }) => topic);
}

function factsOf(stored: Stored<JournalFacts>): JournalFacts {
  const { seq, account_id, version, op, topic, key, hash, observed_at, batch_nonce } = stored;
  const { replay_id: id, origin_seq: originSeq } = stored;
  return {
    seq,
    accountId: account_id,
    version,
    op,
    topic,
    key,
    hash,
    observedAt: observed_at.toISOString(),
    batchNonce: batch_nonce,
    ...(id === null ? {} : { replay: { id, originSeq } }),
  };
}
