import type { JsonValue } from "../core/json.ts";
import type {
  ChangesSince,
  Checkpoint,
  CheckpointAges,
  LiveCursor,
  WantedCheckpoints,
} from "../ports/store.ts";
import { type Queryable, run, runForRow, sql } from "./sql.ts";

const live = sql(
  "checkpoint.live",
  `select name as source, cursor, cursor_version as "cursorVersion", source.shard, last_seq as seq, population, revision, cursor_moved_at
   from source join shard on shard.id = source.shard where name = $1 and removed_at is null`,
);

/** @see CheckpointStore.liveCursor */
export async function liveCursor(db: Queryable, source: string): Promise<LiveCursor | null> {
  type Row = Omit<LiveCursor, "movedAt"> & { cursor_moved_at: Date | null };
  const [row] = await run<Row>(db, live, [source]);
  if (row === undefined) return null;
  const { cursor_moved_at, ...same } = row;
  return { ...same, movedAt: cursor_moved_at?.toISOString() ?? null };
}

const columns = `
  checkpoint.id, name as source, checkpoint.cursor, checkpoint.cursor_version as "cursorVersion", shard, seq,
  checkpoint.population, reason, actor, at`;

const list = sql(
  "checkpoint.list",
  `select ${columns} from checkpoint join source on source.id = source_id
   where name = $1
     and ($3::bigint is null or (at, checkpoint.id) < (select edge.at, edge.id from checkpoint edge where edge.id = $3::bigint))
   order by at desc, checkpoint.id desc limit $2::integer`,
);

const read = sql(
  "checkpoint.read",
  `select ${columns} from checkpoint join source on source.id = source_id where checkpoint.id = $1::bigint`,
);

const readAt = sql(
  "checkpoint.readAt",
  `select ${columns} from checkpoint join source on source.id = source_id
   where name = $1 and at <= $2::timestamptz order by at desc, checkpoint.id desc limit 1`,
);

const first = sql(
  "checkpoint.first",
  `select ${columns} from checkpoint join source on source.id = source_id
   where name = $1 order by at, checkpoint.id limit 1`,
);

/** @see CheckpointStore.checkpoints */
export async function checkpoints(
  db: Queryable,
  { source, limit, before }: WantedCheckpoints,
): Promise<Checkpoint[]> {
  return (await run<Row>(db, list, [source, limit, before ?? null])).map(checkpointOf);
}

/** @see CheckpointStore.checkpoint */
export function readCheckpoint(db: Queryable, id: string): Promise<Checkpoint | null> {
  return one(db, read, [id]);
}

/** @see CheckpointStore.checkpointAt */
export function checkpointAt(db: Queryable, source: string, at: string): Promise<Checkpoint | null> {
  return one(db, readAt, [source, at]);
}

/** @see CheckpointStore.firstCheckpoint */
export function firstCheckpoint(db: Queryable, source: string): Promise<Checkpoint | null> {
  return one(db, first, [source]);
}

const changes = sql(
  "checkpoint.changesSince",
  // Nothing has left the journal as long as the row that follows the number is there, and no row behind it has left, or none follows.
  `select count(journal.seq)::double precision as events, count(distinct account_id)::double precision as accounts,
          min(created_at) as "firstAt", max(created_at) as "lastAt",
          shard.last_seq = $2::bigint
            or first_kept_seq <= $2::bigint + 1 and exists (select from journal where journal.shard = shard.id and seq = $2::bigint + 1) as "isWhole"
   from source join shard on shard.id = source.shard
     left join journal on journal.shard = shard.id and seq > $2::bigint and source_id = source.id and replay_id is null
   where name = $1::text
   group by shard.id`,
);

/** @see CheckpointStore.changesSince */
export async function changesSince(db: Queryable, source: string, seq: string): Promise<ChangesSince | null> {
  const [row] = await run<ChangesRow>(db, changes, [source, seq]);
  if (row === undefined || !row.isWhole) return null;
  const { events, accounts, firstAt, lastAt } = row;
  return { events, accounts, firstAt: firstAt?.toISOString() ?? null, lastAt: lastAt?.toISOString() ?? null };
}

interface ChangesRow extends Pick<ChangesSince, "events" | "accounts"> {
  firstAt: Date | null;
  lastAt: Date | null;
  isWhole: boolean;
}

const thin = sql(
  "checkpoint.thin",
  // Whichever is not the last of its hour or day is followed by one of the same.
  `with aged as (
     select id, at at time zone 'UTC' as at, age_ms(at) as age_ms,
            lead(at) over (partition by source_id order by at, id) at time zone 'UTC' as next_at
     from checkpoint where source_id = $4::integer
   ), thinned as (
     delete from checkpoint using aged
     where checkpoint.id = aged.id and next_at is not null and (
       age_ms > $1::double precision and date_trunc('hour', aged.at) = date_trunc('hour', next_at)
       or age_ms > $2::double precision and date_trunc('day', aged.at) = date_trunc('day', next_at)
       or age_ms > $3::double precision
     )
     returning 1
   ) select count(*)::integer as thinned from thinned`,
);

const standing = sql(
  "checkpoint.sources",
  "select id from source where last_checkpoint_at is not null order by id",
);

/** Source by source: all of them at once could be millions, and more than a statement may take. @see CheckpointStore.thinCheckpoints */
export async function thinCheckpoints(
  db: Queryable,
  { allMs, hourlyMs, dailyMs }: CheckpointAges,
): Promise<number> {
  let gone = 0;
  for (const { id } of await run<{ id: number }>(db, standing, []))
    gone += (await runForRow<{ thinned: number }>(db, thin, [allMs, hourlyMs, dailyMs, id])).thinned;
  return gone;
}

interface Row extends Omit<Checkpoint, "at"> {
  cursor: JsonValue | null;
  at: Date;
}

async function one(db: Queryable, statement: typeof read, values: unknown[]): Promise<Checkpoint | null> {
  const [row] = await run<Row>(db, statement, values);
  return row === undefined ? null : checkpointOf(row);
}

function checkpointOf({ at, ...same }: Row): Checkpoint {
  return { ...same, at: at.toISOString() };
}
