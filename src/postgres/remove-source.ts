import type { Removal } from "../ports/store.ts";
import { newRevision } from "./fencing-numbers.ts";
import { type Queryable, runForRow, sql, storable } from "./sql.ts";

const remove = sql(
  "source.remove",
  // Whatever was decided from what the source was before cannot be committed any more.
  `with found as (
     select id, state from source where name = $1 and removed_at is null for update
   ), removed as (
     update source set
       removed_at = now(), state = 'paused', halted_code = null, halted_reason = null, revision = ${newRevision},
       settings = '{}', settings_version = settings_version + 1, privacy = null, privacy_applied = null,
       cursor = null, cursor_moved_at = null, is_loaded = false, population = 0, activity = '[]', last_error = null
     from found where source.id = found.id and found.state <> 'running'
     returning source.id
   ), withdrawn as (
     update intent set done_at = now(), outcome = 'withdrawn by ' || $2::text
     from removed where source_id = removed.id and done_at is null
   ), ended as (
     update replay set state = 'failed', detail = 'its source was removed', ended_at = now()
     from removed where source_id = removed.id and kind <> 'journal' and state in ('running', 'paused')
       and exists (select from replay_part where replay_id = replay.id and replay_part.ended_at is null)
   ), noticed as (
     update installation set config_revision = ${newRevision} where exists (select from removed)
   )
   select (select state from found) as state, exists (select from removed) as "isRemoved"`,
);

/** @see ControlStore.removeSource */
export async function removeSource(
  db: Queryable,
  { name, actor }: { name: string; actor: string },
): Promise<Removal> {
  const row = await runForRow<{ state: string | null; isRemoved: boolean }>(db, remove, [
    name,
    storable(actor),
  ]);
  if (row.isRemoved) return "removed";
  return row.state === null ? "no-such-source" : "running";
}

const forget = sql(
  "source.forgetRemoved",
  // Of holds and intents stays who has decided what. A slice of each table: a statement may take 30 s, and a source may have millions of accounts.
  `with gone as (
     select id from source where removed_at is not null
   ), accounts as (
     delete from account where ctid = any (array(
       select slice.ctid from gone, lateral (select ctid from account where source_id = gone.id limit $1::integer) as slice
       limit $1::integer
     )) returning 1
   ), held as (
     delete from held_change where ctid = any (array(
       select held_change.ctid from gone join held_change on source_id = gone.id limit $1::integer
     )) returning 1
   ), items as (
     delete from quarantine where ctid = any (array(
       select quarantine.ctid from gone join quarantine on source_id = gone.id limit $1::integer
     )) returning 1
   ), staged as (
     delete from sweep_seen where ctid = any (array(
       select sweep_seen.ctid from gone join pass on source_id = gone.id join sweep_seen on pass_id = pass.id limit $1::integer
     )) returning 1
   ), passes as (
     delete from pass using gone
     where source_id = gone.id and not exists (select from sweep_seen where pass_id = pass.id) returning 1
   ), checkpoints as (
     delete from checkpoint where ctid = any (array(
       select checkpoint.ctid from gone join checkpoint on source_id = gone.id limit $1::integer
     )) returning 1
   ), shapes as (
     delete from source_shape using gone where source_id = gone.id returning 1
   ), answers as (
     update intent set answer = null, arguments = null
     from gone where source_id = gone.id and (answer is not null or arguments is not null) returning 1
   )
   select ((select count(*) from accounts) + (select count(*) from held)
     + (select count(*) from items) + (select count(*) from staged) + (select count(*) from passes)
     + (select count(*) from checkpoints) + (select count(*) from shapes) + (select count(*) from answers))::integer as forgotten`,
);

/** @see ControlStore.forgetRemoved */
export async function forgetRemoved(db: Queryable, limit: number): Promise<number> {
  return (await runForRow<{ forgotten: number }>(db, forget, [limit])).forgotten;
}
