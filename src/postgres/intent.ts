import type { JsonObject, JsonValue } from "../core/json.ts";
import type { AskedIntent, FinishedIntent, Intent, IntentVerb } from "../ports/store.ts";
import { isOwner, owner } from "./fence.ts";
import { newRevision } from "./fencing-numbers.ts";
import { type Queryable, run, runFenced, sql, storable } from "./sql.ts";

const ask = sql(
  "intent.ask",
  // Owners look for intents when the revision of the configuration has changed.
  `with asked as (
     insert into intent (source_id, verb, actor, hold_id, note, item_id, arguments)
     select id, $2, $3, $4::bigint, $5::text, $6::bigint, $7::text::json from source where name = $1 and removed_at is null returning id
   ), noticed as (
     update installation set config_revision = ${newRevision} where exists (select 1 from asked)
   )
   select id from asked`,
);

/** @see InstallationStore.askIntent */
export async function askIntent(
  db: Queryable,
  { source, verb, actor, hold, quarantine, arguments: given }: AskedIntent,
): Promise<string | null> {
  const note = hold?.note ?? quarantine?.note ?? null;
  const said = note === null ? null : storable(note);
  const how = given === undefined ? null : JSON.stringify(given);
  const values = [source, verb, storable(actor), hold?.id ?? null, said, quarantine?.item ?? null, how];
  const [row] = await run<{ id: string }>(db, ask, values);
  return row?.id ?? null;
}

/** Of an intent joined with its source. */
export const intentColumns = `
  intent.id, source_id as "sourceId", name as source, verb, actor,
  hold_id as "holdId", note, item_id as "itemId", items, arguments, answer, asked_at, done_at, outcome`;

const read = sql(
  "intent.read",
  `select ${intentColumns} from intent join source on source.id = source_id where intent.id = $1::bigint`,
);

/** @see InstallationStore.intent */
export async function readIntent(db: Queryable, id: string): Promise<Intent | null> {
  const [row] = await run<IntentRow>(db, read, [id]);
  return row === undefined ? null : intentOf(row);
}

const pending = sql(
  "intent.pending",
  `select ${intentColumns} from intent join source on source.id = source_id
   where done_at is null and shard = any ($1::integer[]) order by intent.id`,
);

/** @see SourceStore.pendingIntents */
export async function pendingIntents(db: Queryable, shards: readonly number[]): Promise<Intent[]> {
  return (await run<IntentRow>(db, pending, [shards])).map(intentOf);
}

const finish = sql(
  "intent.finish",
  `with ${owner}, concerned as (
     select quarantine.id, account_id, intent.id as intent_id
     from quarantine join intent using (source_id)
     where intent.id = $3::bigint and verb in ('redrive', 'discard') and quarantine.id = coalesce(item_id, quarantine.id)
   ), leaves as (
     -- their numbers are part of the answer, so they are taken first
     select nextval(pg_get_serial_sequence('checkpoint', 'id')) as checkpoint,
            case when $9::boolean then nextval(pg_get_serial_sequence('replay', 'id')) end as replay
     from intent where id = $3::bigint and $4 = 'done' and verb in ('pause', 'resume', 'poll', 'sweep', 'set', 'rewind', 'reset')
   ), done as (
     update intent set
       done_at = now(),
       answer = coalesce($5::text::json, (select json_build_object('checkpoint', checkpoint::text, 'replay', replay::text) from leaves)),
       items = case when verb in ('redrive', 'discard') then (select count(*) from concerned where intent_id = intent.id) end,
       -- what was approved may be deleted by now
       outcome = case when verb = 'reject' and (select state from hold where hold.id = hold_id) = 'approved'
                      then 'refused: it is approved already' else $4 end
     from source, owner
     where intent.id = $3::bigint and done_at is null and source.id = source_id and source.shard = owner.id
     returning intent.id, source_id, verb, hold_id, actor, note
   ), decision as (
     update hold set
       state = case verb when 'approve' then 'approved' else 'rejected' end,
       decided_at = now(), decided_by = actor, note = done.note
     from done where hold.id = hold_id and hold.source_id = done.source_id and state <> 'approved'
   ), discarded as (
     delete from quarantine using done, concerned where verb = 'discard' and quarantine.id = concerned.id
   ), asked as (
     update quarantine set redrive_id = done.id, redriven_at = null
     from done, concerned where verb = 'redrive' and quarantine.id = concerned.id
   ), helpless as (
     -- all that can be done for an item that cannot be looked up is a sweep
     select from done, concerned where verb = 'redrive' and account_id is null
   ), effect as (
     update source set
       state = case verb when 'resume' then 'running' when 'pause' then 'paused' else state end,
       halted_code = case when verb in ('resume', 'pause') then null else halted_code end,
       halted_reason = case when verb in ('resume', 'pause') then null else halted_reason end,
       failures = case verb when 'resume' then 0 else failures end,
       revision = case when $6::bigint is null then revision else ${newRevision} end,
       cursor = case when $6::bigint is null then cursor else $7::text::json end,
       cursor_moved_at = case when $6::bigint is null then cursor_moved_at when $7::text is not null then now() end,
       cursor_version = case when $6::bigint is null then cursor_version else $8::integer end,
       last_checkpoint_at = case when exists (select from leaves) then now() else last_checkpoint_at end,
       next_poll_at = case when (verb in ('resume', 'poll') or $6::bigint is not null) and every_ms is not null then now() else next_poll_at end,
       poll_asked = poll_asked or ((verb = 'poll' or $6::bigint is not null) and every_ms is not null),
       sweep_asked = sweep_asked or verb = 'sweep' or (verb = 'poll' and every_ms is null)
                     or (sweep_not_offered is null and exists (select from helpless)),
       next_sweep_at = case when verb = 'sweep' or verb in ('resume', 'poll') and every_ms is null
                                 or sweep_not_offered is null and exists (select from helpless) then now()
                            else next_sweep_at end
     from done where source.id = source_id and $4 = 'done' and ($6::bigint is null or revision = $6::bigint)
     returning source.id
   ), checkpointed as (
     -- what it reads of the source is from before the effect; a cursor is moved from this very revision
     insert into checkpoint (id, source_id, cursor, cursor_version, seq, population, reason, actor)
     overriding system value
     select checkpoint, source.id, cursor, cursor_version, last_seq, population, verb, actor
     from leaves, owner, done join source on source.id = done.source_id
   ), ended as (
     update replay set state = 'cancelled', ended_at = now()
     from done
     where $6::bigint is not null and replay.source_id = done.source_id and kind = 'republish' and state in ('running', 'paused')
       and exists (select from replay_part where replay_id = replay.id and ended_at is null)
   ), begun as (
     insert into replay (id, kind, source_id, actor, pace)
     overriding system value
     select replay, 'republish', source_id, actor, $10::integer from leaves, done where replay is not null
     returning id
   ), part as (
     insert into replay_part (replay_id, shard) select begun.id, owner.id from begun, owner
   )
   select ${isOwner}, require($6::bigint is null or exists (select 1 from effect), 'TM002'), exists (select 1 from done) as "wasOpen"`,
);

/** @see SourceStore.finishIntent */
export async function finishIntent(
  db: Queryable,
  { intent, shard, term, outcome: said, answer, moved }: FinishedIntent,
): Promise<boolean> {
  const values = [
    shard,
    term,
    intent,
    storable(said),
    answer === undefined ? null : JSON.stringify(answer),
    moved?.revision ?? null,
    moved?.cursor == null ? null : JSON.stringify(moved.cursor),
    moved?.cursorVersion ?? null,
    moved?.republish != null,
    moved?.republish?.pace ?? null,
  ];
  const outcome = await runFenced<{ wasOpen: boolean }>(db, finish, values);
  return typeof outcome === "object" && outcome.wasOpen;
}

export interface IntentRow {
  id: string;
  sourceId: number;
  source: string;
  verb: IntentVerb;
  actor: string;
  holdId: string | null;
  note: string | null;
  itemId: string | null;
  items: number | null;
  arguments: JsonObject | null;
  answer: JsonValue | null;
  asked_at: Date;
  done_at: Date | null;
  outcome: string | null;
}

export function intentOf({ asked_at, done_at, ...same }: IntentRow): Intent {
  return { ...same, askedAt: asked_at.toISOString(), doneAt: done_at?.toISOString() ?? null };
}
