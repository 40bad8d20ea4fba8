import type { OpenSweep } from "../ports/store.ts";
import { isOwner, owner } from "./fence.ts";
import { type Queryable, runFenced, runForRow, sql } from "./sql.ts";

const open = sql(
  "sweep.open",
  // A sweep that is open already is the answer: the outcome of an earlier call may have been lost.
  `with ${owner}
   insert into pass (source_id, kind, started_at)
   select $3::integer, 'sweep', now() where ${isOwner}
   on conflict (source_id) where ended_at is null do update set kind = excluded.kind
   returning id as "passId", position, seen, observed`,
);

/** @see PassStore.openSweep */
export async function openSweep(
  db: Queryable,
  start: { shard: number; term: string; sourceId: number },
): Promise<OpenSweep | null> {
  const outcome = await runFenced<OpenSweep>(db, open, [start.shard, start.term, start.sourceId]);
  return typeof outcome === "object" ? outcome : null;
}

const staged = sql(
  "sweep.countSeen",
  "select count(*)::integer as seen from sweep_seen where pass_id = $1::bigint",
);

/** @see PassStore.countSeen */
export async function countSeen(db: Queryable, passId: string): Promise<number> {
  return (await runForRow<{ seen: number }>(db, staged, [passId])).seen;
}
