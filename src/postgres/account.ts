import type { AskedAccount, KnownAccount } from "../core/change.ts";
import type { LivingAccount, PassStore, StoredSlice } from "../ports/store.ts";
import { type Queryable, run, runForRow, sql } from "./sql.ts";
import { textArray } from "./text-array.ts";

const known = sql(
  "account.known",
  // "offset 0" has every account looked up by its key: a table without statistics would be read whole for each page.
  `select known.id, known.version, known.hash, known."isDeleted", case when known.hash <> unless_hash then document end as document
   from unnest($2::text[], $3::text[]) as asked (id, unless_hash), lateral (
     select account_id as id, version, encode(hash, 'hex') as hash, deleted_at is not null as "isDeleted", document
     from account where source_id = $1::integer and account_id = asked.id offset 0
   ) as known`,
);

type KnownRow = KnownAccount & { document: string | null; isDeleted: boolean };

/** @see PassStore.knownAccounts */
export async function knownAccounts(
  db: Queryable,
  sourceId: number,
  asked: readonly AskedAccount[],
): Promise<KnownAccount[]> {
  const ids = textArray(asked.map(({ id }) => id));
  const hashes = textArray(asked.map(({ unlessHash }) => unlessHash));
  const rows = await run<KnownRow>(db, known, [sourceId, ids, hashes]);
  return rows.map(({ isDeleted, document, ...same }) => ({
    ...same,
    document: isDeleted ? null : (document ?? undefined),
  }));
}

const living = sql(
  "account.living",
  // The tables are walked along their keys; no id is empty, so '' is before the first.
  `select id, version, encode(hash, 'hex') as hash, document from (
     select *, sum(octet_length(document)) over (order by id) - octet_length(document) as before from (
       select account_id as id, version, hash, document from account
       where source_id = $1::integer and account_id > coalesce($2::text, '') and deleted_at is null
       order by account_id limit $3::integer
     ) as slice
   ) as sized
   where before < $4::integer order by id`,
);

/** @see PassStore.livingAccounts */
export function livingAccounts(
  db: Queryable,
  { sourceId, after, limit, maxBytes }: StoredSlice,
): Promise<LivingAccount[]> {
  return run<LivingAccount>(db, living, [sourceId, after, limit, maxBytes]);
}

const absentCount = sql(
  "account.countAbsent",
  `select count(*)::integer as absent from account
   where source_id = $1::integer and deleted_at is null
     and not exists (select from sweep_seen where pass_id = $2::bigint and sweep_seen.account_id = account.account_id)
     and not exists (
       select from held_change
       where source_id = $1::integer and held_change.account_id = account.account_id and held_change.document is null
     )`,
);

/** @see PassStore.countAbsent */
export async function countAbsent(db: Queryable, sourceId: number, passId: string): Promise<number> {
  return (await runForRow<{ absent: number }>(db, absentCount, [sourceId, passId])).absent;
}

const absent = sql(
  "account.absent",
  `select account_id as id from account
   where source_id = $1::integer and account_id > coalesce($3::text, '') and deleted_at is null
     and not exists (select from sweep_seen where pass_id = $2::bigint and sweep_seen.account_id = account.account_id)
     and not exists (
       select from held_change
       where source_id = $1::integer and held_change.account_id = account.account_id and held_change.document is null
     )
   order by account_id limit $4::integer`,
);

/** @see PassStore.absentAccounts */
export async function absentAccounts(
  db: Queryable,
  slice: { sourceId: number; passId: string; after: string | null; limit: number },
): Promise<string[]> {
  const rows = await run<{ id: string }>(db, absent, [
    slice.sourceId,
    slice.passId,
    slice.after,
    slice.limit,
  ]);
  return rows.map(({ id }) => id);
}

const licensed = sql(
  "account.approvedAbsent",
  // With less in its staging than the sweep has seen, what is missing there would be taken for absent.
  `select account_id as id from held_change join hold on hold.id = hold_id
   where held_change.source_id = $1::integer and account_id > coalesce($3::text, '') and state = 'approved' and document is null
     and not exists (select from sweep_seen where pass_id = $2::bigint and sweep_seen.account_id = held_change.account_id)
     and exists (select from pass where id = $2::bigint and ended_at is null
                   and seen = (select count(*) from sweep_seen where pass_id = $2::bigint))
   order by account_id limit $4::integer`,
);

/** @see PassStore.approvedAbsent */
export async function approvedAbsent(
  db: Queryable,
  { sourceId, passId, after, limit }: Parameters<PassStore["approvedAbsent"]>[0],
): Promise<string[]> {
  const rows = await run<{ id: string }>(db, licensed, [sourceId, passId, after, limit]);
  return rows.map(({ id }) => id);
}
