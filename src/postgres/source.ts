import type { Activity } from "../core/guard.ts";
import type { JsonObject, JsonValue } from "../core/json.ts";
import type { Source } from "../ports/store.ts";
import { type Queryable, run, sql } from "./sql.ts";

const columns = `
  source.id, name, group_name, connector, shard, settings, settings_version, topic, compacted,
  every_ms::double precision, sweep_every_ms::double precision, budget_requests, budget_per_ms::double precision, delete_limit, insert_limit, drift, reject_limit, privacy, privacy_applied,
  state, removed_at is not null as is_removed, halted_code, halted_reason, cursor, cursor_version, revision, population, activity, is_loaded, failures,
  look_back_every_ms::double precision, look_back_window_ms::double precision, windows, poll_asked, sweep_asked,
  0 - age_ms(next_poll_at) as poll_due_in_ms, 0 - age_ms(next_sweep_at) as sweep_due_in_ms,
  0 - age_ms(next_look_back_at) as look_back_due_in_ms, age_ms(last_look_back_at) as looked_back_age_ms,
  age_ms(last_attempt_at) as last_attempt_age_ms, age_ms(greatest(last_poll_at, last_sweep_at)) as last_success_age_ms,
  age_ms(cursor_moved_at) as cursor_age_ms, age_ms(last_change_at) as last_change_age_ms, split_part(last_error, ':', 1) as last_error_code, age_ms(last_checkpoint_at) as checkpoint_age_ms,
  pass.id as sweep_id, pass.position as sweep_position, pass.seen as sweep_seen, pass.observed as sweep_observed,
  hold.held, hold.waiting, quarantined.quarantined, quarantined.redriving`;

const from = `
  source left join pass on pass.source_id = source.id and pass.ended_at is null, lateral (
    select count(*)::integer as held, count(*) filter (where hold.state = 'waiting')::integer as waiting
    from held_change join hold on hold.id = hold_id where held_change.source_id = source.id
  ) as hold, lateral (
    select count(*)::integer as quarantined,
           count(*) filter (where account_id is not null and redrive_id is not null and redriven_at is null)::integer as redriving
    from quarantine where quarantine.source_id = source.id
  ) as quarantined`;

const loadAll = sql(
  "source.loadAll",
  `select ${columns} from ${from}
   where shard = any ($1::integer[]) order by source.id`,
);

const load = sql(
  "source.load",
  `select ${columns} from ${from}
   where source.id = $1::integer`,
);

interface Row {
  id: number;
  name: string;
  group_name: string | null;
  connector: string;
  shard: number;
  settings: JsonObject;
  settings_version: number;
  topic: string;
  compacted: boolean;
  every_ms: number | null;
  sweep_every_ms: number;
  budget_requests: number;
  budget_per_ms: number;
  delete_limit: number | null;
  insert_limit: number | null;
  drift: Source["drift"];
  reject_limit: number | null;
  privacy: Source["privacy"];
  privacy_applied: string | null;
  state: Source["state"];
  is_removed: boolean;
  halted_code: string | null;
  halted_reason: string | null;
  cursor: JsonValue | null;
  cursor_version: number;
  revision: string;
  population: number;
  activity: Activity;
  is_loaded: boolean;
  failures: number;
  poll_due_in_ms: number | null;
  sweep_due_in_ms: number;
  look_back_every_ms: number | null;
  look_back_window_ms: number | null;
  look_back_due_in_ms: number | null;
  looked_back_age_ms: number | null;
  windows: Source["windows"];
  poll_asked: boolean;
  sweep_asked: boolean;
  last_attempt_age_ms: number | null;
  last_success_age_ms: number | null;
  cursor_age_ms: number | null;
  last_change_age_ms: number | null;
  last_error_code: string | null;
  checkpoint_age_ms: number | null;
  sweep_id: string | null;
  sweep_position: JsonValue | null;
  sweep_seen: number | null;
  sweep_observed: number | null;
  held: number;
  waiting: number;
  quarantined: number;
  redriving: number;
}

/** @see SourceStore.loadSources */
export async function loadSources(db: Queryable, shards: readonly number[]): Promise<Source[]> {
  return (await run<Row>(db, loadAll, [shards])).map(sourceOf);
}

/** @see SourceStore.loadSource */
export async function loadSource(db: Queryable, id: number): Promise<Source | null> {
  const [row] = await run<Row>(db, load, [id]);
  return row === undefined ? null : sourceOf(row);
}

function sourceOf(row: Row): Source {
  return {
    id: row.id,
    name: row.name,
    group: row.group_name,
    connector: row.connector,
    shard: row.shard,
    settings: row.settings,
    settingsVersion: row.settings_version,
    topic: row.topic,
    compacted: row.compacted,
    everyMs: row.every_ms,
    sweepEveryMs: row.sweep_every_ms,
    lookBack:
      row.look_back_every_ms === null || row.look_back_window_ms === null
        ? null
        : { everyMs: row.look_back_every_ms, windowMs: row.look_back_window_ms },
    windows: row.windows,
    budget: { requests: row.budget_requests, perMs: row.budget_per_ms },
    deleteLimit: row.delete_limit,
    insertLimit: row.insert_limit,
    drift: row.drift,
    rejectLimit: row.reject_limit,
    privacy: row.privacy,
    privacyApplied: row.privacy_applied,
    state: row.state,
    isRemoved: row.is_removed,
    haltedCode: row.halted_code,
    haltedReason: row.halted_reason,
    cursor: row.cursor,
    cursorVersion: row.cursor_version,
    revision: row.revision,
    population: row.population,
    activity: row.activity,
    isLoaded: row.is_loaded,
    failures: row.failures,
    lastErrorCode: row.last_error_code,
    pollDueInMs: row.poll_due_in_ms,
    sweepDueInMs: row.sweep_due_in_ms,
    lookBackDueInMs: row.look_back_due_in_ms,
    lookedBackAgeMs: row.looked_back_age_ms,
    pollAsked: row.poll_asked,
    sweepAsked: row.sweep_asked,
    lastAttemptAgeMs: row.last_attempt_age_ms,
    lastSuccessAgeMs: row.last_success_age_ms,
    cursorAgeMs: row.cursor_age_ms,
    lastChangeAgeMs: row.last_change_age_ms,
    checkpointAgeMs: row.checkpoint_age_ms,
    held: row.held,
    waiting: row.waiting,
    quarantined: row.quarantined,
    redriving: row.redriving,
    openSweep:
      row.sweep_id === null
        ? null
        : {
            passId: row.sweep_id,
            position: row.sweep_position,
            seen: row.sweep_seen ?? 0,
            observed: row.sweep_observed ?? 0,
          },
  };
}
