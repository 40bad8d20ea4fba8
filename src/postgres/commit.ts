import type { CommitOutcome, CommitStep } from "../ports/store.ts";
import { countColumns } from "./pass.ts";
import { type Queryable, runFenced, sql, storable } from "./sql.ts";
import { textArray } from "./text-array.ts";

/**
 * Everything one page changes, in one round trip. Its parts all see the tables as they were before, in no defined order; they depend on
 * each other only through what they return. When the term or the revision is not current it raises, so that nothing remains, the numbers
 * it took included.
 *
 * Parameters: $1–$4 the fence, $5–$8 the source, $9–$20 entries and how many, $21 their nonce and the new revision, $22–$23 rejected items,
 * $24–$27 what a sweep has seen, $28–$37 the pass that ends, $38–$41 what goes on hold and what leaves it, $42–$45 whose items are rejected, by
 * which pass, and whose leave the quarantine or were looked up for that, $46–$49 what holds keep of $40, $50 the shape,
 * $51 whether it leaves a checkpoint, $52–$55 the replay that advances, $56 which entries are of a replay, $57 the cursor's version. Parts that a step lacks are nulls and empty arrays: the text is always the same.
 */
const commitStatement = sql(
  "source.commit",
  `with owner as (
     update shard set last_seq = last_seq + $20::integer
     where id = $1::integer and term = $2::bigint
     returning last_seq - $20::integer as base
   ), step as (
     update source set
       revision = $21::bigint,
       cursor = case when $5::boolean then $6::text::json else cursor end,
       cursor_version = case when $5::boolean then $57::integer else cursor_version end,
       cursor_moved_at = case when $5::boolean then now() else cursor_moved_at end,
       population = $7::integer,
       activity = $8::text::json,
       last_change_at = case when true = any ($19::text[]::boolean[]) then now() else last_change_at end,
       is_loaded = is_loaded or $28::text is not null,
       failures = case when $28::text is null then failures else 0 end,
       last_error = case when $28::text is null then last_error end,
       last_attempt_at = case when $28::text is null then last_attempt_at else now() end,
       last_poll_at = case $28::text when 'poll' then now() else last_poll_at end,
       last_sweep_at = case $28::text when 'sweep' then now() else last_sweep_at end,
       sweep_not_offered = case $28::text when 'sweep' then null else sweep_not_offered end,
       -- its polls may have been taken from the source meanwhile
       next_poll_at = case when $28::text = 'poll' and every_ms is not null then from_now($29::double precision) else next_poll_at end,
       next_sweep_at = case $28::text when 'sweep' then from_now($29::double precision) else next_sweep_at end,
       last_look_back_at = case $28::text when 'look-back' then from_now(-$30::double precision) else last_look_back_at end,
       next_look_back_at = case when $28::text = 'look-back' and look_back_every_ms is not null
                                then from_now($29::double precision) else next_look_back_at end,
       last_checkpoint_at = case when $51::boolean then now() else last_checkpoint_at end,
       poll_asked = poll_asked and $28::text is distinct from 'poll',
       sweep_asked = sweep_asked and $28::text is distinct from 'sweep'
     where id = $3::integer and shard = $1::integer and revision = $4::bigint
     returning cursor, cursor_version
   ), checkpointed as (
     insert into checkpoint (source_id, cursor, cursor_version, seq, population, reason)
     select $3::integer, cursor, cursor_version, base + $20::integer, $7::integer, $28::text from owner, step where $51::boolean
   ), advanced as (
     update replay_part set
       position = $53::text::json, done = replay_part.done + $54::integer, ended_at = case when $55::boolean then now() end
     from replay
     where replay_id = $52::bigint and replay_part.shard = $1::integer and replay_part.ended_at is null
       and replay.id = replay_id and source_id = $3::integer and state = 'running'
     returning 1
   ), happened as not materialized (
     select * from unnest(
       $9::text[], $10::text[]::integer[], $11::text[], $12::text[], $13::text[], $14::text[], $15::text[], $16::text[], $17::text[],
       $18::text[]::timestamptz[], $19::text[]::boolean[], $56::text[]
     ) with ordinality
       as event (id, version, hash, document, op, topic, key, head, tail, observed_at, is_newest, replay, position)
   ), state as (
     insert into account (source_id, account_id, version, hash, document, deleted_at)
     select $3::integer, id, version, decode(hash, 'hex'), document, case when document is null then now() end
     from happened where is_newest
     on conflict (source_id, account_id) do update set
       version = excluded.version, hash = excluded.hash, document = excluded.document, deleted_at = excluded.deleted_at
   ), entry as (
     insert into journal (shard, seq, source_id, account_id, version, op, topic, key, value, hash, observed_at, batch_nonce, replay_id)
     select $1::integer, base + position, $3::integer, id, version, op, topic, key,
            head || coalesce(document, 'null') || tail, decode(hash, 'hex'), observed_at, $21::bigint, replay::bigint
     from owner, happened
   ), refused as not materialized (
     -- an item that names its account is kept once per account: no item's text begins as its fingerprint does
     select sha256(convert_to(coalesce('account ' || account_id, item), 'UTF8')) as fingerprint, min(account_id) as account_id,
            (array_agg(item order by position desc))[1] as item, (array_agg(reason order by position desc))[1] as reason,
            count(*) as times
     from unnest($22::text[], $23::text[], $42::text[]) with ordinality as one (item, reason, account_id, position)
     group by 1
   ), rejected as (
     insert into quarantine (source_id, fingerprint, account_id, item, reason, times, pass)
     select $3::integer, fingerprint, account_id, item::json, reason, times, $43::text from refused
     on conflict (source_id, fingerprint) do update set
       item = excluded.item, reason = excluded.reason, times = quarantine.times + excluded.times, pass = excluded.pass,
       last_seen_at = now(),
       redriven_at = case when excluded.account_id = any ($45::text[]) then now() else quarantine.redriven_at end
   ), understood as (
     delete from quarantine where source_id = $3::integer and account_id = any ($44::text[])
   ), redriven as (
     -- what was rejected again is written above
     update quarantine set redriven_at = now()
     where source_id = $3::integer and account_id = any ($45::text[]) and account_id <> all ($44::text[])
       and not exists (select from refused where refused.account_id = quarantine.account_id)
   ), staged as (
     insert into sweep_seen (pass_id, account_id)
     select $24::bigint, id from unnest($25::text[]) as id where $28::text is distinct from 'sweep'
     on conflict do nothing returning 1
   ), closed as (
     update pass set ended_at = now(), outcome = 'done', pages = $31, observed = $32, inserted = $33, updated = $34,
                     deleted = $35, unchanged = $36, quarantined = $37
     where $28::text = 'sweep' and source_id = $3::integer and ended_at is null
     returning id
   ), continued as (
     update pass set
       seen = seen + (select count(*) from staged),
       observed = observed + case when $26::boolean then cardinality($25::text[]) else 0 end,
       position = case when $26::boolean then $27::text::json else position end,
       advanced_at = now()
     where id = $24::bigint and source_id = $3::integer and ended_at is null and $28::text is distinct from 'sweep'
     returning id
   ), discarded as (
     delete from sweep_seen using closed where pass_id = closed.id
   ), wanted as not materialized (
     select * from unnest($38::text[], $39::text[]) as wanted (reason, detail)
   ), joined as (
     select max(hold.id) as id, reason from hold join wanted using (reason)
     where source_id = $3::integer and state = 'waiting' and exists (select from held_change where hold_id = hold.id)
     group by reason
   ), opened as (
     insert into hold (source_id, reason, detail)
     select $3::integer, reason, wanted.detail from wanted where reason not in (select reason from joined)
     returning id, reason
   ), waits as not materialized (
     select id, reason, document, decode(hash, 'hex') as hash, upstream_time
     from unnest($40::text[], $46::text[], $47::text[], $48::text[], $49::text[]) as waits (id, reason, document, hash, upstream_time)
   ), held as (
     insert into held_change (source_id, account_id, hold_id, document, hash, upstream_time)
     select $3::integer, waits.id, target.id, document, hash, upstream_time
     from waits join (select id, reason from joined union all select id, reason from opened) as target using (reason)
     on conflict (source_id, account_id) do update set
       hold_id = excluded.hold_id, document = excluded.document, hash = excluded.hash, upstream_time = excluded.upstream_time
   ), renewed as (
     update held_change set document = waits.document, hash = waits.hash, upstream_time = waits.upstream_time
     from waits where source_id = $3::integer and account_id = waits.id and waits.reason is null
   ), learned as (
     insert into source_shape (source_id, shape) select $3::integer, $50::text::json where $50::text is not null
     on conflict (source_id) do update set shape = excluded.shape
   ), released as (
     delete from held_change using unnest($41::text[]) as back (id)
     where source_id = $3::integer and account_id = back.id
   ), history as (
     insert into pass (source_id, kind, started_at, ended_at, outcome,
                       pages, observed, inserted, updated, deleted, unchanged, quarantined)
     select $3::integer, $28::text, from_now(-$30::double precision), now(), 'done',
            $31::integer, $32::integer, $33::integer, $34::integer, $35::integer, $36::integer, $37::integer
     where $28::text in ('poll', 'look-back') and $33::integer + $34::integer + $35::integer + $37::integer > 0
   )
   select
     require(exists (select 1 from owner), 'TM001'),
     require(exists (select 1 from step), 'TM002'),
     -- what is staged must belong to a sweep that is open
     require($24::bigint is null or exists (select 1 from continued union all select 1 from closed), 'TM002'),
     require($52::bigint is null or exists (select 1 from advanced), 'TM002'),
     (select base + 1 from owner) as "firstSeq"`,
);

/** @see PassStore.commit */
export async function commit(db: Queryable, step: CommitStep): Promise<CommitOutcome> {
  const { holds = [], renewed = [] } = step;
  const waiting = [
    ...holds.flatMap(({ reason, changes }) => changes.map((change) => ({ ...change, reason }))),
    ...renewed.map((change) => ({ ...change, reason: null })),
  ];
  const outcome = await runFenced<{ firstSeq: string }>(db, commitStatement, [
    step.shard,
    step.term,
    step.sourceId,
    step.revision,
    ...optionalJson(step.cursor),
    step.population,
    JSON.stringify(step.activity),
    ...entryColumns(step),
    step.batchNonce,
    textArray(step.rejected.map(({ raw }) => JSON.stringify(raw))),
    textArray(step.rejected.map(({ reason }) => storable(reason))),
    step.seen?.passId ?? null,
    textArray(step.seen?.ids ?? []),
    ...optionalJson(step.seen?.position),
    ...finishedColumns(step),
    textArray(holds.map(({ reason }) => reason)),
    textArray(holds.map(({ detail }) => storable(detail))),
    textArray(waiting.map(({ id }) => id)),
    textArray(step.released ?? []),
    textArray(step.rejected.map(({ accountId }) => accountId ?? null)),
    step.kind,
    textArray(step.understood ?? []),
    textArray(step.redriven ?? []),
    textArray(waiting.map(({ reason }) => reason)),
    textArray(waiting.map(({ document }) => document?.text ?? null)),
    textArray(waiting.map(({ document }) => document?.hash ?? null)),
    textArray(waiting.map(({ document }) => document?.upstreamTime ?? null)),
    step.shape === undefined ? null : JSON.stringify(step.shape),
    step.leavesCheckpoint ?? false,
    ...replayColumns(step),
    textArray(step.entries.map(({ replay }) => replay?.id ?? null)),
    step.cursorVersion,
  ]);
  if (typeof outcome === "string") return { kind: outcome };
  return { kind: "committed", firstSeq: outcome.firstSeq, revision: step.batchNonce };
}

/** Whether it is given at all, and its text: a JSON null is a value too. */
function optionalJson(value: unknown): [boolean, string | null] {
  return value === undefined ? [false, null] : [true, JSON.stringify(value)];
}

function entryColumns({ entries }: CommitStep): unknown[] {
  // What is published again leaves the accounts as they are.
  const newest = new Map(
    entries.flatMap(({ accountId, replay }, index) => (replay === undefined ? [[accountId, index]] : [])),
  );
  return [
    textArray(entries.map(({ accountId }) => accountId)),
    textArray(entries.map(({ version }) => String(version))),
    textArray(entries.map(({ hash }) => hash)),
    textArray(entries.map(({ document }) => document)),
    textArray(entries.map(({ op }) => op)),
    textArray(entries.map(({ topic }) => topic)),
    textArray(entries.map(({ key }) => key)),
    textArray(entries.map(({ head }) => head)),
    textArray(entries.map(({ tail }) => tail)),
    textArray(entries.map(({ observedAt }) => observedAt)),
    textArray(entries.map(({ accountId }, index) => (newest.get(accountId) === index ? "t" : "f"))),
    entries.length,
  ];
}

function replayColumns({ replay }: CommitStep): unknown[] {
  if (replay === undefined) return [null, null, 0, false];
  return [replay.id, JSON.stringify(replay.position), replay.done, replay.hasEnded];
}

function finishedColumns({ finished }: CommitStep): unknown[] {
  if (finished === undefined) return [null, null, null, 0, 0, 0, 0, 0, 0, 0];
  return [finished.kind, finished.nextInMs, finished.tookMs, ...countColumns(finished.counts)];
}
