import type { HeldChange } from "../core/held-change.ts";
import type { AccountOnHold, HeldAccount, Hold, HoldStore } from "../ports/store.ts";
import { type Queryable, run, sql } from "./sql.ts";
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
  `select account_id as id, coalesce(held_change.document, account.document) as document
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
  `select account_id as id, reason, state, encode(hash, 'hex') as hash
   from held_change join hold on hold.id = hold_id
   where held_change.source_id = $1::integer and account_id = any ($2::text[])`,
);

/** @see HoldStore.heldAmong */
export function heldAmong(db: Queryable, sourceId: number, ids: readonly string[]): Promise<AccountOnHold[]> {
  return run(db, among, [sourceId, textArray(ids)]);
}

const approved = sql(
  "hold.approved",
  `select account_id as id, document, encode(hash, 'hex') as hash, upstream_time
   from held_change join hold on hold.id = hold_id
   where held_change.source_id = $1::integer and account_id > coalesce($2::text, '') and state = 'approved'
   order by account_id limit $3::integer`,
);

interface ApprovedRow {
  id: string;
  document: string | null;
  hash: string | null;
  upstream_time: string | null;
}

/** @see HoldStore.approvedAccounts */
export async function approvedAccounts(
  db: Queryable,
  { sourceId, after, limit }: Parameters<HoldStore["approvedAccounts"]>[0],
): Promise<HeldChange[]> {
  const rows = await run<ApprovedRow>(db, approved, [sourceId, after, limit]);
  return rows.map(({ id, document: text, hash, upstream_time: upstreamTime }) => ({
    id,
    document: text === null || hash === null ? null : { text, hash, upstreamTime },
  }));
}

interface Row extends Omit<Hold, "openedAt" | "decidedAt"> {
  opened_at: Date;
  decided_at: Date | null;
}

function holdOf({ opened_at, decided_at, ...same }: Row): Hold {
  return { ...same, openedAt: opened_at.toISOString(), decidedAt: decided_at?.toISOString() ?? null };
}
