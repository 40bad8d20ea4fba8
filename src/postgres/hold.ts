import type { HeldAccount, Hold, HoldAbsent, HoldStore } from "../ports/store.ts";
import { type Queryable, run, runFenced, sql } from "./sql.ts";
import { textArray } from "./text-array.ts";

const columns = `
  hold.id, name as source, reason, detail, hold.state, opened_at, decided_at, decided_by as "decidedBy", note,
  (select count(*)::integer from held_change where hold_id = hold.id) as accounts`;

const list = sql(
  "hold.list",
  `select ${columns} from hold join source on source.id = source_id
   where exists (select from held_change where hold_id = hold.id) order by hold.id`,
);

/** @see HoldStore.holds */
export async function holds(db: Queryable): Promise<Hold[]> {
  return (await run<Row>(db, list, [])).map(holdOf);
}

const read = sql(
  "hold.read",
  `select ${columns} from hold join source on source.id = source_id where hold.id = $1::bigint`,
);

const first = sql(
  "hold.first",
  `select account_id as id, document
   from held_change left join account using (source_id, account_id)
   where hold_id = $1::bigint order by account_id limit $2::integer`,
);

/** @see HoldStore.hold */
export async function readHold(db: Queryable, id: string, limit: number): ReturnType<HoldStore["hold"]> {
  const [row] = await run<Row>(db, read, [id]);
  if (row === undefined) return null;
  return { ...holdOf(row), first: await run<HeldAccount>(db, first, [id, limit]) };
}

const among = sql(
  "hold.among",
  `select account_id as id from held_change where source_id = $1::integer and account_id = any ($2::text[])`,
);

/** @see HoldStore.heldAmong */
export async function heldAmong(db: Queryable, sourceId: number, ids: readonly string[]): Promise<string[]> {
  return (await run<{ id: string }>(db, among, [sourceId, textArray(ids)])).map(({ id }) => id);
}

const approved = sql(
  "hold.approved",
  `select account_id as id from held_change join hold on hold.id = hold_id
   where held_change.source_id = $1::integer and account_id > coalesce($2::text, '') and state = 'approved'
   order by account_id limit $3::integer`,
);

/** @see HoldStore.approvedAccounts */
export async function approvedAccounts(
  db: Queryable,
  { sourceId, after, limit }: Parameters<HoldStore["approvedAccounts"]>[0],
): Promise<string[]> {
  return (await run<{ id: string }>(db, approved, [sourceId, after, limit])).map(({ id }) => id);
}

const absent = sql(
  "hold.absent",
  `with owner as (
     update shard set last_seq = last_seq where id = $1::integer and term = $2::bigint returning 1
   ), step as (
     update source set revision = $5::bigint
     where id = $3::integer and shard = $1::integer and revision = $4::bigint
     returning 1
   ), sweep as (
     -- with less in its staging than it has seen, what is missing there would be held
     select 1 from pass
     where id = $6::bigint and source_id = $3::integer and ended_at is null
       and seen = (select count(*) from sweep_seen where pass_id = $6::bigint)
   ), opened as (
     insert into hold (source_id, reason, detail) values ($3::integer, $7, $8) returning id
   ), held as (
     insert into held_change (source_id, account_id, hold_id)
     select $3::integer, account_id, opened.id
     from opened, account
     where source_id = $3::integer and deleted_at is null
       and not exists (select from sweep_seen where pass_id = $6::bigint and sweep_seen.account_id = account.account_id)
     on conflict do nothing
     returning 1
   )
   select
     require(exists (select 1 from owner), 'TM001'),
     require(exists (select 1 from step), 'TM002'),
     require(exists (select 1 from sweep), 'TM002'),
     (select count(*)::integer from held) as held`,
);

/** @see HoldStore.holdAbsent */
export async function holdAbsent(
  db: Queryable,
  { shard, term, sourceId, revision, nextRevision, passId, reason, detail }: HoldAbsent,
): ReturnType<HoldStore["holdAbsent"]> {
  const values = [shard, term, sourceId, revision, nextRevision, passId, reason, detail];
  const outcome = await runFenced<{ held: number }>(db, absent, values);
  return typeof outcome === "string" ? { kind: outcome } : { kind: "held", held: outcome.held };
}

interface Row extends Omit<Hold, "openedAt" | "decidedAt"> {
  opened_at: Date;
  decided_at: Date | null;
}

function holdOf({ opened_at, decided_at, ...same }: Row): Hold {
  return { ...same, openedAt: opened_at.toISOString(), decidedAt: decided_at?.toISOString() ?? null };
}
