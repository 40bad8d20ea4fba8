import type { JsonValue } from "../core/json.ts";
import type {
  AskedReplay,
  OpenReplay,
  Replay,
  ReplayEstimate,
  ReplayRefusal,
  WantedReplays,
} from "../ports/store.ts";
import { isOwner, owner } from "./fence.ts";
import { newRevision } from "./fencing-numbers.ts";
import { estimateOfJournal, startOfJournal } from "./replay-range.ts";
import { type Queryable, run, runFenced, runForRow, sql, storable } from "./sql.ts";

type AskedOfSource = Exclude<AskedReplay, { kind: "journal" }>;

const readable = sql(
  "replay.source",
  // A range is read from the cursor of a source that was polled to its end.
  `select shard, population, topic, is_loaded and cursor is not null and every_ms is not null as "canReadRange"
   from source where name = $1 and removed_at is null`,
);

interface Readable {
  shard: number;
  population: number;
  topic: string;
  canReadRange: boolean;
}

/** @see ReplayStore.estimateReplay */
export async function estimateReplay(
  db: Queryable,
  asked: AskedReplay,
): Promise<ReplayEstimate | ReplayRefusal> {
  if (asked.kind === "journal") return estimateOfJournal(db, asked);
  const [source] = await run<Readable>(db, readable, [asked.source]);
  if (source === undefined) return { kind: "no-such-source" };
  if (asked.kind === "backfill" && !source.canReadRange) return { kind: "nothing-to-read" };
  const { shard, population, topic } = source;
  const events = asked.kind === "snapshot" ? population : null;
  return { events, firstAt: null, lastAt: null, shards: [shard], topics: [topic] };
}

const startOne = sql(
  "replay.startOfSource",
  `with source_of as (
     select id, shard, population from source
     where name = $2::text and removed_at is null and ($1::text <> 'backfill' or (is_loaded and cursor is not null and every_ms is not null))
   ), begun as (
     insert into replay (kind, source_id, since, until, pace, actor)
     select $1::text, id, $3::timestamptz, $4::timestamptz, $5::integer, $6::text from source_of
     returning id
   ), parts as (
     insert into replay_part (replay_id, shard, expected)
     select begun.id, shard, case when $1::text = 'snapshot' then population end from begun, source_of
   ), noticed as (
     update installation set config_revision = ${newRevision} where exists (select from begun)
   )
   select (select id from begun) as id, exists (select from source where name = $2::text and removed_at is null) as "isKnown"`,
);

/** @see ReplayStore.startReplay */
export async function startReplay(
  db: Queryable,
  given: AskedReplay,
): Promise<{ id: string } | ReplayRefusal> {
  const asked = { ...given, actor: storable(given.actor) };
  if (asked.kind === "journal") return startOfJournal(db, asked);
  const { id, isKnown } = await runForRow<{ id: string | null; isKnown: boolean }>(
    db,
    startOne,
    ofSource(asked),
  );
  if (id !== null) return { id };
  return { kind: isKnown ? "nothing-to-read" : "no-such-source" };
}

function ofSource(asked: AskedOfSource): unknown[] {
  const [since, until] = asked.kind === "backfill" ? [asked.since, asked.until] : [null, null];
  return [asked.kind, asked.source, since, until, asked.pace, asked.actor];
}

const columns = `
  replay.id, kind, name as source, account_id as "accountId", ops, replay.topic, since, until, pace, detail, actor, asked_at,
  case when replay.state in ('running', 'paused') and open = 0 then 'done' else replay.state end as state,
  coalesce(replay.ended_at, case when open = 0 then coalesce(last_ended_at, asked_at) end) as ended_at,
  expected, done, parts
  from replay left join source on source.id = source_id cross join lateral (
    select
      count(*) filter (where ended_at is null)::integer as open, max(ended_at) as last_ended_at,
      -- of one that nobody can tell, nobody can tell the sum
      case when count(expected) = count(*) then coalesce(sum(expected), 0)::double precision end as expected,
      coalesce(sum(done), 0)::double precision as done,
      coalesce(json_agg(json_build_object(
        'shard', part.shard, 'nextSeq', next_seq::text, 'endSeq', end_seq::text, 'done', done, 'endedAt', ended_at
      ) order by part.shard), '[]') as parts
    from replay_part as part where replay_id = replay.id
  ) as progress`;

interface Row extends Omit<Replay, "since" | "until" | "askedAt" | "endedAt"> {
  since: Date | null;
  until: Date | null;
  asked_at: Date;
  ended_at: Date | null;
}

const list = sql(
  "replay.list",
  `select ${columns}
   where ($2::bigint is null or replay.id < $2::bigint) and ($3::text is null or source_id is null or name = $3::text)
     and (not $4::boolean or (replay.state in ('running', 'paused') and open > 0))
   order by replay.id desc limit $1::integer`,
);

/** @see ReplayStore.replays */
export async function replays(
  db: Queryable,
  { limit, before, source, isOpen = false }: WantedReplays,
): Promise<Replay[]> {
  return (await run<Row>(db, list, [limit, before ?? null, source ?? null, isOpen])).map(replayOf);
}

const read = sql("replay.read", `select ${columns} where replay.id = $1::bigint`);

/** @see ReplayStore.replay */
export async function replay(db: Queryable, id: string): Promise<Replay | null> {
  const [row] = await run<Row>(db, read, [id]);
  return row === undefined ? null : replayOf(row);
}

function replayOf({ since, until, asked_at, ended_at, ...row }: Row): Replay {
  return {
    ...row,
    since: since?.toISOString() ?? null,
    until: until?.toISOString() ?? null,
    askedAt: asked_at.toISOString(),
    endedAt: ended_at?.toISOString() ?? null,
    parts: row.parts.map((part) => ({
      ...part,
      endedAt: part.endedAt === null ? null : new Date(part.endedAt).toISOString(),
    })),
  };
}

const steer = sql(
  "replay.steer",
  `with steered as (
     update replay set
       state = case $2::text when 'pause' then 'paused' when 'resume' then 'running' else 'cancelled' end,
       ended_at = case $2::text when 'cancel' then now() end
     where id = $1::bigint and exists (select from replay_part where replay_id = replay.id and ended_at is null)
       and state = any (case $2::text when 'pause' then '{running}' when 'resume' then '{paused}' else '{running,paused}' end::text[])
     returning 1
   ), noticed as (
     update installation set config_revision = ${newRevision} where exists (select from steered)
   )
   select exists (select from steered) as "isDone"`,
);

/** @see ReplayStore.steerReplay */
export async function steerReplay(
  db: Queryable,
  id: string,
  verb: "pause" | "resume" | "cancel",
): Promise<boolean> {
  return (await runForRow<{ isDone: boolean }>(db, steer, [id, verb])).isDone;
}

const open = sql(
  "replay.open",
  `select replay.id, kind, part.shard, source_id as "sourceId", account_id as "accountId", ops, replay.topic, since, until,
     pace::double precision / (select count(*) from replay_part where replay_id = replay.id and ended_at is null) as pace,
     next_seq as "nextSeq", end_seq as "endSeq", position, done::double precision as done
   from replay_part as part join replay on replay.id = part.replay_id
   where part.shard = any ($1::integer[]) and part.ended_at is null and state = 'running'
   order by replay.id, part.shard`,
);

interface OpenRow extends Omit<OpenReplay, "since" | "until"> {
  since: Date | null;
  until: Date | null;
  position: JsonValue | null;
}

/** @see ReplayStore.openReplays */
export async function openReplays(db: Queryable, shards: readonly number[]): Promise<OpenReplay[]> {
  return (await run<OpenRow>(db, open, [shards])).map(({ since, until, ...same }) => ({
    ...same,
    since: since?.toISOString() ?? null,
    until: until?.toISOString() ?? null,
  }));
}

const fail = sql(
  "replay.fail",
  `with ${owner}, failed as (
     update replay set state = 'failed', detail = $4::text, ended_at = now()
     where id = $3::bigint and state in ('running', 'paused') and exists (select from owner)
   )
   select ${isOwner}`,
);

/** @see ReplayStore.failReplay */
export async function failReplay(
  db: Queryable,
  { shard, term, replay: id, detail }: { shard: number; term: string; replay: string; detail: string },
): Promise<boolean> {
  return typeof (await runFenced(db, fail, [shard, term, id, storable(detail)])) === "object";
}
