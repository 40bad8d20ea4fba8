import type { AskedIntent, Intent, IntentVerb } from "../ports/store.ts";
import { isOwner, owner } from "./fence.ts";
import { newRevision } from "./fencing-numbers.ts";
import { type Queryable, run, runFenced, sql, storable } from "./sql.ts";

const ask = sql(
  "intent.ask",
  // Owners look for intents when the revision of the configuration has changed.
  `with asked as (
     insert into intent (source_id, verb, actor, hold_id, note, item_id)
     select id, $2, $3, $4::bigint, $5::text, $6::bigint from source where name = $1 returning id
   ), noticed as (
     update installation set config_revision = ${newRevision} where exists (select 1 from asked)
   )
   select id from asked`,
);

/** @see InstallationStore.askIntent */
export async function askIntent(
  db: Queryable,
  { source, verb, actor, hold, quarantine }: AskedIntent,
): Promise<string | null> {
  const note = hold?.note ?? quarantine?.note ?? null;
  const said = note === null ? null : storable(note);
  const values = [source, verb, storable(actor), hold?.id ?? null, said, quarantine?.item ?? null];
  const [row] = await run<{ id: string }>(db, ask, values);
  return row?.id ?? null;
}

const columns = `
  intent.id, source_id as "sourceId", name as source, verb, actor,
  hold_id as "holdId", note, item_id as "itemId", items, asked_at, done_at, outcome`;

const read = sql(
  "intent.read",
  `select ${columns} from intent join source on source.id = source_id where intent.id = $1::bigint`,
);

/** @see InstallationStore.intent */
export async function readIntent(db: Queryable, id: string): Promise<Intent | null> {
  const [row] = await run<Row>(db, read, [id]);
  return row === undefined ? null : intentOf(row);
}

const pending = sql(
  "intent.pending",
  `select ${columns} from intent join source on source.id = source_id
   where done_at is null and shard = any ($1::integer[]) order by intent.id`,
);

/** @see SourceStore.pendingIntents */
export async function pendingIntents(db: Queryable, shards: readonly number[]): Promise<Intent[]> {
  return (await run<Row>(db, pending, [shards])).map(intentOf);
}

const finish = sql(
  "intent.finish",
  `with ${owner}, concerned as (
     select quarantine.id, account_id, intent.id as intent_id
     from quarantine join intent using (source_id)
     where intent.id = $3::bigint and verb in ('redrive', 'discard') and quarantine.id = coalesce(item_id, quarantine.id)
   ), done as (
     update intent set
       done_at = now(),
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
       state = case verb when 'resume' then 'running' else state end,
       halted_code = case verb when 'resume' then null else halted_code end,
       halted_reason = case verb when 'resume' then null else halted_reason end,
       failures = case verb when 'resume' then 0 else failures end,
       next_poll_at = case when verb in ('resume', 'poll') and every_ms is not null then now() else next_poll_at end,
       poll_asked = poll_asked or (verb = 'poll' and every_ms is not null),
       sweep_asked = sweep_asked or verb = 'sweep' or (verb = 'poll' and every_ms is null)
                     or (sweep_not_offered is null and exists (select from helpless)),
       next_sweep_at = case when verb = 'sweep' or verb in ('resume', 'poll') and every_ms is null
                                 or sweep_not_offered is null and exists (select from helpless) then now()
                            else next_sweep_at end
     from done where source.id = source_id
   )
   select ${isOwner}, exists (select 1 from done) as "wasOpen"`,
);

/** @see SourceStore.finishIntent */
export async function finishIntent(
  db: Queryable,
  done: { intent: string; shard: number; term: string; outcome: string },
): Promise<boolean> {
  const values = [done.shard, done.term, done.intent, storable(done.outcome)];
  const outcome = await runFenced<{ wasOpen: boolean }>(db, finish, values);
  return typeof outcome === "object" && outcome.wasOpen;
}

interface Row {
  id: string;
  sourceId: number;
  source: string;
  verb: IntentVerb;
  actor: string;
  holdId: string | null;
  note: string | null;
  itemId: string | null;
  items: number | null;
  asked_at: Date;
  done_at: Date | null;
  outcome: string | null;
}

function intentOf({ asked_at, done_at, ...same }: Row): Intent {
  return { ...same, askedAt: asked_at.toISOString(), doneAt: done_at?.toISOString() ?? null };
}
