import type { Lease, ShardAnchor } from "../ports/store.ts";
import { nextTerm } from "./fencing-numbers.ts";
import { type Queryable, run, runFenced, runForRow, sql } from "./sql.ts";

const acquire = sql(
  "shard.acquire",
  // A locked row is somebody else's grant or the last commit of an owner that is late: not free yet.
  `with free as (
     select id from shard where owner is null or expires_at < now()
     order by expires_at nulls first, id limit $2::integer
     for update skip locked
   )
   update shard set owner = $1, term = ${nextTerm}, expires_at = from_now($3::double precision)
   from free where shard.id = free.id
   returning shard.id as shard, shard.term`,
);

/** @see LeaseStore.acquireShards */
export function acquireShards(
  db: Queryable,
  wanted: { workerId: string; limit: number; ttlMs: number },
): Promise<Lease[]> {
  return run(db, acquire, [wanted.workerId, wanted.limit, wanted.ttlMs]);
}

const renew = sql(
  "shard.renew",
  `update shard set expires_at = from_now($4::double precision)
   from unnest($2::integer[], $3::bigint[]) as held (id, term)
   where shard.id = held.id and shard.term = held.term and shard.owner = $1
   returning shard.id`,
);

/** @see LeaseStore.renewShards */
export async function renewShards(
  db: Queryable,
  held: { workerId: string; leases: readonly Lease[]; ttlMs: number },
): Promise<number[]> {
  const rows = await run<{ id: number }>(db, renew, [held.workerId, ...columnsOf(held.leases), held.ttlMs]);
  return rows.map(({ id }) => id);
}

const release = sql(
  "shard.release",
  `update shard set owner = null, expires_at = null
   from unnest($2::integer[], $3::bigint[]) as held (id, term)
   where shard.id = held.id and shard.term = held.term and shard.owner = $1`,
);

/** @see LeaseStore.releaseShards */
export async function releaseShards(
  db: Queryable,
  held: { workerId: string; leases: readonly Lease[] },
): Promise<void> {
  await run(db, release, [held.workerId, ...columnsOf(held.leases)]);
}

const anchor = sql(
  "shard.anchor",
  `select last_seq as "lastSeq", published_seq as "publishedSeq", published_nonce as "publishedNonce", seeded
   from shard where id = $1::integer`,
);

/** @see JournalStore.shardAnchor */
export function shardAnchor(db: Queryable, shard: number): Promise<ShardAnchor> {
  return runForRow(db, anchor, [shard]);
}

const published = sql(
  "shard.published",
  // A record that arrives late must not take the anchor back. What is published was numbered here: where it was not, the database is an
  // older copy, and the shard has to be opened anew to find that out.
  `with owner as (
     update shard set
       seeded = true,
       published_nonce = case when $3::bigint >= published_seq then $4::bigint else published_nonce end,
       published_seq = greatest(published_seq, $3::bigint)
     where id = $1::integer and term = $2::bigint and last_seq >= $3::bigint
     returning 1
   )
   select require(exists (select 1 from owner), 'TM001')`,
);

/** @see JournalStore.recordPublished */
export async function recordPublished(
  db: Queryable,
  progress: { shard: number; term: string; seq: string; nonce: string | null },
): Promise<boolean> {
  const outcome = await runFenced(db, published, [
    progress.shard,
    progress.term,
    progress.seq,
    progress.nonce,
  ]);
  return typeof outcome === "object";
}

function columnsOf(leases: readonly Lease[]): [number[], string[]] {
  return [leases.map(({ shard }) => shard), leases.map(({ term }) => term)];
}
