import type { Pool } from "pg";
import { ConfigError } from "../core/errors.ts";
import { type FixedSource, fixedSettingFaults } from "../core/fixed-settings.ts";
import type { SourceConfig } from "../ports/store.ts";
import { bumpConfigRevision, lockInstallation } from "./installation.ts";
import { type Queryable, run, sql } from "./sql.ts";
import { inTransaction } from "./transaction.ts";

const existing = sql(
  "source.existing",
  'select name, connector, group_name as "group", removed_at is not null as "isRemoved" from source where name = any ($1::text[])',
);

const upsert = sql(
  "source.upsert",
  // The operator of a halted source has just corrected it: it runs again, at once.
  `insert into source (
     name, group_name, connector, shard, settings, topic, compacted, every_ms, sweep_every_ms,
     budget_requests, budget_per_ms, delete_limit, insert_limit, drift, reject_limit, privacy,
     look_back_every_ms, look_back_window_ms, windows, next_poll_at, next_sweep_at, next_look_back_at
   )
   select name, "group", connector, shard, settings, topic, compacted, every_ms, sweep_every_ms,
          budget_requests, budget_per_ms, delete_limit, insert_limit, drift, reject_limit, privacy,
          look_back_every_ms, look_back_window_ms, windows,
          case when every_ms is not null then now() end,
          case when every_ms is null then now() else from_now(sweep_every_ms) end,
          from_now(look_back_every_ms)
   from jsonb_to_recordset($1::jsonb) as wanted (
     name text, "group" text, connector text, shard integer, settings jsonb, topic text, compacted boolean,
     every_ms bigint, sweep_every_ms bigint, budget_requests integer, budget_per_ms bigint,
     delete_limit integer, insert_limit integer, drift text, reject_limit integer, privacy jsonb,
     look_back_every_ms bigint, look_back_window_ms bigint, windows jsonb
   )
   on conflict (name) do update set
     settings = excluded.settings, topic = excluded.topic, compacted = excluded.compacted,
     every_ms = excluded.every_ms, sweep_every_ms = excluded.sweep_every_ms,
     budget_requests = excluded.budget_requests, budget_per_ms = excluded.budget_per_ms,
     delete_limit = excluded.delete_limit, insert_limit = excluded.insert_limit, drift = excluded.drift, reject_limit = excluded.reject_limit,
     privacy = excluded.privacy,
     look_back_every_ms = excluded.look_back_every_ms, look_back_window_ms = excluded.look_back_window_ms, windows = excluded.windows,
     settings_version = source.settings_version + 1,
     state = case source.state when 'halted' then 'running' else source.state end,
     halted_code = null, halted_reason = null,
     failures = case source.state when 'halted' then 0 else source.failures end,
     next_poll_at = case when excluded.every_ms is null then null
                         when source.state = 'halted' or source.every_ms is null then now()
                         else least(source.next_poll_at, from_now(excluded.every_ms)) end,
     next_sweep_at = case when source.state = 'halted' and excluded.every_ms is null then now()
                          else least(source.next_sweep_at, from_now(excluded.sweep_every_ms)) end,
     next_look_back_at = case when excluded.look_back_every_ms is not null
                              then least(source.next_look_back_at, from_now(excluded.look_back_every_ms)) end
   where source.removed_at is null and (source.settings, source.topic, source.compacted, source.every_ms, source.sweep_every_ms,
          source.budget_requests, source.budget_per_ms, source.delete_limit,
          source.insert_limit, source.drift, source.reject_limit, source.privacy,
          source.look_back_every_ms, source.look_back_window_ms, source.windows)
     is distinct from (excluded.settings, excluded.topic, excluded.compacted, excluded.every_ms,
          excluded.sweep_every_ms, excluded.budget_requests, excluded.budget_per_ms, excluded.delete_limit,
          excluded.insert_limit, excluded.drift, excluded.reject_limit, excluded.privacy,
          excluded.look_back_every_ms, excluded.look_back_window_ms, excluded.windows)
   returning name`,
);

/** @see InstallationStore.applySources */
export function applySources(
  pool: Pool,
  sources: readonly SourceConfig[],
): Promise<{ added: string[]; changed: string[]; unchanged: string[] }> {
  const names = sources.map(({ name }) => name);
  return inTransaction(pool, async (db: Queryable) => {
    await lockInstallation(db);
    const before = new Map((await run<FixedSource>(db, existing, [names])).map((row) => [row.name, row]));
    const faults = sources.flatMap((source) => contradictions(source, before.get(source.name)));
    if (faults.length > 0) throw new ConfigError("TIDEMARK_CONFIG_INVALID", faults);
    const written = new Set(
      (await run<{ name: string }>(db, upsert, [JSON.stringify(sources.map(recordOf))])).map(
        ({ name }) => name,
      ),
    );
    if (written.size > 0) await bumpConfigRevision(db);
    return {
      added: names.filter((name) => !before.has(name)),
      changed: names.filter((name) => before.has(name) && written.has(name)),
      unchanged: names.filter((name) => !written.has(name)),
    };
  });
}

function contradictions(wanted: SourceConfig, before: FixedSource | undefined): string[] {
  return before === undefined ? [] : fixedSettingFaults(wanted, before);
}

function recordOf(source: SourceConfig): Record<string, unknown> {
  const { everyMs, sweepEveryMs, lookBack, budget, deleteLimit, insertLimit, rejectLimit, ...same } = source;
  return {
    ...same,
    every_ms: everyMs,
    sweep_every_ms: sweepEveryMs,
    look_back_every_ms: lookBack?.everyMs ?? null,
    look_back_window_ms: lookBack?.windowMs ?? null,
    budget_requests: budget.requests,
    budget_per_ms: budget.perMs,
    delete_limit: deleteLimit,
    insert_limit: insertLimit,
    reject_limit: rejectLimit,
  };
}
