import type { Pool } from "pg";
import type { AccountState, Op } from "../core/change.ts";
import type { Lease, NumberedEntry, RestoredNumbers, ShardRestore } from "../ports/store.ts";
import { newRevision, nextTerm } from "./fencing-numbers.ts";
import { type Queryable, run, runFenced, sql } from "./sql.ts";
import { inTransaction } from "./transaction.ts";

const take = sql(
  "shard.take",
  `update shard set owner = $2, term = ${nextTerm}, expires_at = from_now($3::double precision)
   where id = $1::integer and (owner is null or expires_at < now())
   returning id as shard, term`,
);

/** @see RepairStore.takeShard */
export async function takeShard(
  db: Queryable,
  wanted: { shard: number; workerId: string; ttlMs: number },
): Promise<Lease | null> {
  const [lease] = await run<Lease>(db, take, [wanted.shard, wanted.workerId, wanted.ttlMs]);
  return lease ?? null;
}

const isHeld = sql("shard.isHeld", "select 1 from shard where id = $1::integer and term = $2::bigint");

const patience = sql(
  "repair.patience",
  // Kafka is read meanwhile, which takes longer than anything else does within a transaction.
  "select set_config('idle_in_transaction_session_timeout', '0', true)",
);

/** @see RepairStore.restoreShard */
export function restoreShard(
  pool: Pool,
  lease: Lease,
  work: (restore: ShardRestore) => Promise<void>,
): Promise<boolean> {
  const { shard, term } = lease;
  return inTransaction(pool, async (db) => {
    await run(db, patience, []);
    // The shard's row stays unlocked to the end, so that its lease can be renewed; `finish` is what fences.
    if ((await run(db, isHeld, [shard, term])).length === 0) return false;
    let isFenced = true;
    await work({
      takeOut: (after) => takeOut(db, shard, after),
      knownAccounts: (sourceId, ids) => run<AccountState>(db, states, [sourceId, ids]),
      putEntries: (entries) => putEntries(db, shard, entries),
      putAccounts: (sourceId, accounts) => putAccounts(db, sourceId, accounts),
      finish: async (numbers) => {
        isFenced = await finish(db, lease, numbers);
      },
    });
    // A statement that raised has ended the transaction already: its commit is a rollback.
    return isFenced;
  });
}

const remove = sql(
  "journal.takeOut",
  `with removed as (
     delete from journal where shard = $1::integer and seq > $2::bigint
     returning source_id, seq, account_id, version, op, topic, key, value, hash, observed_at, batch_nonce, replay_id, origin_seq
   )
   select source_id as "sourceId", seq, account_id as "accountId", version, op, topic, key, value,
          encode(hash, 'hex') as hash, observed_at, batch_nonce as "batchNonce", replay_id, origin_seq
   from removed order by seq`,
);

interface RemovedRow extends Omit<NumberedEntry, "observedAt" | "replay"> {
  op: Op;
  observed_at: Date;
  replay_id: string | null;
  origin_seq: string | null;
}

async function takeOut(db: Queryable, shard: number, after: string) {
  const rows = await run<RemovedRow>(db, remove, [shard, after]);
  return rows.map(({ observed_at, replay_id: id, origin_seq: originSeq, ...same }) => ({
    ...same,
    observedAt: observed_at.toISOString(),
    ...(id === null ? {} : { replay: { id, originSeq } }),
  }));
}

const insertEntries = sql(
  "journal.put",
  `insert into journal (shard, source_id, seq, account_id, version, op, topic, key, value, hash, observed_at, batch_nonce, replay_id, origin_seq)
   select $1::integer, source_id, seq, account_id, version, op, topic, key, value, decode(hash, 'hex'), observed_at, batch_nonce,
          replay_id, origin_seq
   from unnest($2::integer[], $3::bigint[], $4::text[], $5::integer[], $6::text[], $7::text[], $8::text[], $9::text[],
               $10::text[], $11::timestamptz[], $12::bigint[], $13::bigint[], $14::bigint[])
     as happened (source_id, seq, account_id, version, op, topic, key, value, hash, observed_at, batch_nonce, replay_id, origin_seq)`,
);

async function putEntries(db: Queryable, shard: number, entries: readonly NumberedEntry[]): Promise<void> {
  await run(db, insertEntries, [
    shard,
    entries.map(({ sourceId }) => sourceId),
    entries.map(({ seq }) => seq),
    entries.map(({ accountId }) => accountId),
    entries.map(({ version }) => version),
    entries.map(({ op }) => op),
    entries.map(({ topic }) => topic),
    entries.map(({ key }) => key),
    entries.map(({ value }) => value),
    entries.map(({ hash }) => hash),
    entries.map(({ observedAt }) => observedAt),
    entries.map(({ batchNonce }) => batchNonce),
    entries.map(({ replay }) => replay?.id ?? null),
    entries.map(({ replay }) => replay?.originSeq ?? null),
  ]);
}

const states = sql(
  "account.states",
  `select account_id as id, version, encode(hash, 'hex') as hash, document
   from account where source_id = $1::integer and account_id = any ($2::text[])`,
);

const upsertAccounts = sql(
  "account.put",
  `with written as (
     select id, version, decode(hash, 'hex') as hash, document
     from unnest($2::text[], $3::integer[], $4::text[], $5::text[]) as state (id, version, hash, document)
   ), forgotten as (
     delete from account using written
     where source_id = $1::integer and account_id = written.id and written.version = 0
   ), outdated as (
     -- a document that waited for a person is older than what came back, or will be read again
     delete from held_change using written
     where source_id = $1::integer and account_id = written.id and held_change.document is not null
   )
   insert into account (source_id, account_id, version, hash, document, deleted_at)
   select $1::integer, id, version, hash, document, case when document is null then now() end
   from written where version > 0
   on conflict (source_id, account_id) do update set
     version = excluded.version, hash = excluded.hash, document = excluded.document, deleted_at = excluded.deleted_at`,
);

async function putAccounts(
  db: Queryable,
  sourceId: number,
  accounts: readonly AccountState[],
): Promise<void> {
  await run(db, upsertAccounts, [
    sourceId,
    accounts.map(({ id }) => id),
    accounts.map(({ version }) => version),
    accounts.map(({ hash }) => hash),
    accounts.map(({ document }) => document),
  ]);
}

const setNumbers = sql(
  "shard.restored",
  `with owner as (
     update shard set last_seq = $3::bigint, published_seq = $4::bigint, published_nonce = $5::bigint, seeded = true
     where id = $1::integer and term = $2::bigint
     returning 1
   )
   select require(exists (select 1 from owner), 'TM001')`,
);

const recount = sql(
  "source.recount",
  // A cursor that moved after the loss has passed what was compared with older states, and taken for unchanged: all is read again.
  `update source set
     revision = ${newRevision}, next_poll_at = now(), next_sweep_at = now(),
     -- what came back was published under the rules of its time
     privacy_applied = null,
     cursor = case when cursor_moved_at >= $2::timestamptz then null else cursor end,
     cursor_moved_at = case when cursor_moved_at >= $2::timestamptz then null else cursor_moved_at end,
     population = (select count(*)::integer from account where source_id = source.id and deleted_at is null)
   where shard = $1::integer`,
);

/** @returns false when the term is lost; the transaction has failed then. */
async function finish(
  db: Queryable,
  { shard, term }: Lease,
  { lastSeq, publishedSeq, publishedNonce, firstLostAt }: RestoredNumbers,
): Promise<boolean> {
  await run(db, recount, [shard, firstLostAt]);
  const outcome = await runFenced(db, setNumbers, [shard, term, lastSeq, publishedSeq, publishedNonce]);
  return typeof outcome === "object";
}
