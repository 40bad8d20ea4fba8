import type { JournalRow } from "../ports/store.ts";
import { type Queryable, run, sql } from "./sql.ts";

const next = sql(
  "journal.next",
  // octet_length reads the stored size, not the value: rows beyond the limit cost next to nothing.
  `select seq, account_id, version, op, topic, key, value, encode(hash, 'hex') as hash, observed_at, batch_nonce
   from (
     select journal.*, sum(octet_length(value)) over (order by seq) - octet_length(value) as bytes_before
     from journal where shard = $1::integer and seq >= $2::bigint order by seq limit $3::integer
   ) as ahead
   where bytes_before < $4::bigint order by seq`,
);

type Row = Omit<JournalRow, "accountId" | "observedAt" | "batchNonce"> & {
  account_id: string;
  observed_at: Date;
  batch_nonce: string;
};

/** @see JournalStore.nextJournal */
export async function nextJournal(
  db: Queryable,
  read: { shard: number; from: string; limit: number; maxBytes: number },
): Promise<JournalRow[]> {
  const rows = await run<Row>(db, next, [read.shard, read.from, read.limit, read.maxBytes]);
  return rows.map(({ account_id, observed_at, batch_nonce, ...same }) => ({
    ...same,
    accountId: account_id,
    observedAt: observed_at.toISOString(),
    batchNonce: batch_nonce,
  }));
}
