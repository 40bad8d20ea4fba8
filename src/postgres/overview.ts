import type { Overview } from "../ports/store.ts";
import { earliestKept } from "./journal-partitions.ts";
import { type Queryable, run, sql } from "./sql.ts";

const workers = sql(
  "overview.workers",
  `select worker.id, host, version, age_ms(seen_at) as "seenAgeMs", count(shard.id)::integer as shards
   from worker left join shard on owner = worker.id and expires_at >= now()
   group by worker.id order by worker.id`,
);

const shards = sql(
  "overview.shards",
  `select id as shard, case when expires_at >= now() then owner end as owner, term, last_seq as "lastSeq", published_seq as "publishedSeq",
          (select age_ms(created_at) from journal
           where journal.shard = shard.id and seq = published_seq + 1 and last_seq > published_seq) as "oldestAgeMs",
          earliest.seq as "earliestSeq", earliest.created_at as "earliestAt"
   from shard left join lateral (
     ${earliestKept}
   ) as earliest on true
   order by id`,
);

const sources = sql(
  "overview.sources",
  `select name, connector, group_name as "group", shard, topic, state, halted_code as "haltedCode", halted_reason as "haltedReason",
          population, failures,
          (select count(*)::integer from held_change join hold on hold.id = hold_id
           where hold.source_id = source.id and hold.state = 'waiting') as waiting, last_error as "lastError", split_part(last_error, ':', 1) as "lastErrorCode",
          (select count(*)::integer from quarantine where source_id = source.id) as quarantined,
          age_ms(last_poll_at) as "lastPollAgeMs", age_ms(last_sweep_at) as "lastSweepAgeMs", age_ms(last_change_at) as "lastChangeAgeMs",
          age_ms(cursor_moved_at) as "cursorAgeMs",
          age_ms(greatest(cursor_moved_at, last_poll_at, last_sweep_at, last_change_at, (
            select advanced_at from pass where source_id = source.id and ended_at is null
          ))) as "advancedAgeMs",
          every_ms::double precision as "everyMs", sweep_every_ms::double precision as "sweepEveryMs",
          0 - age_ms(next_sweep_at) as "sweepDueInMs", 0 - age_ms(next_poll_at) as "pollDueInMs", windows, is_loaded as "isLoaded", sweep_not_offered as "sweepNotOffered",
          exists (select from pass where source_id = source.id and ended_at is null) as sweeping
   from source where removed_at is null order by name collate "C"`,
);

/** @see InstallationStore.overview */
export async function overview(db: Queryable): Promise<Overview> {
  return {
    workers: await run(db, workers, []),
    shards: (await run<ShardRow>(db, shards, [])).map(shardOf),
    sources: await run(db, sources, []),
  };
}

interface ShardRow extends Omit<Overview["shards"][number], "earliest"> {
  earliestSeq: string | null;
  earliestAt: Date | null;
}

function shardOf({ earliestSeq: seq, earliestAt: at, ...shard }: ShardRow): Overview["shards"][number] {
  return { ...shard, earliest: seq === null || at === null ? null : { seq, at: at.toISOString() } };
}
