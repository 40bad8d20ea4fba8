import type { KnownAccount } from "../core/change.ts";
import { type Queryable, run, runForRow, sql } from "./sql.ts";

const known = sql(
  "account.known",
  `select account_id as id, version, encode(hash, 'hex') as hash, document
   from account where source_id = $1::integer and account_id = any ($2::text[])`,
);

/** @see PassStore.knownAccounts */
export async function knownAccounts(
  db: Queryable,
  sourceId: number,
  ids: readonly string[],
): Promise<KnownAccount[]> {
  return run(db, known, [sourceId, ids]);
}

const absentCount = sql(
  "account.countAbsent",
  `select count(*)::integer as absent from account
   where source_id = $1::integer and deleted_at is null
     and not exists (select from sweep_seen where pass_id = $2::bigint and sweep_seen.account_id = account.account_id)`,
);

/** @see PassStore.countAbsent */
export async function countAbsent(db: Queryable, sourceId: number, passId: string): Promise<number> {
  return (await runForRow<{ absent: number }>(db, absentCount, [sourceId, passId])).absent;
}

const absent = sql(
  "account.absent",
  // Both tables are walked along their keys; no id is empty, so '' is before the first.
  `select account_id as id from account
   where source_id = $1::integer and account_id > coalesce($3::text, '') and deleted_at is null
     and not exists (select from sweep_seen where pass_id = $2::bigint and sweep_seen.account_id = account.account_id)
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
