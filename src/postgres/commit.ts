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
 * $24–$27 what a sweep has seen, $28–$37 the pass that ends, $38–$41 what goes on hold and what leaves it. Parts that a step lacks are nulls and empty arrays: the text is always the same.
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
       cursor_moved_at = case when $5::boolean then now() else cursor_moved_at end,
       population = $7::integer,
       activity = $8::text::json,
       last_change_at = case when $20::integer > 0 then now() else last_change_at end,
       is_loaded = is_loaded or $28::text is not null,
       failures = case when $28::text is null then failures else 0 end,
       last_error = case when $28::text is null then last_error end,
       last_attempt_at = case when $28::text is null then last_attempt_at else now() end,
       last_poll_at = case $28::text when 'poll' then now() else last_poll_at end,
       last_sweep_at = case $28::text when 'sweep' then now() else last_sweep_at end,
       sweep_not_offered = case $28::text when 'sweep' then null else sweep_not_offered end,
       next_poll_at = case $28::text when 'poll' then from_now($29::double precision) else next_poll_at end,
       next_sweep_at = case $28::text when 'sweep' then from_now($29::double precision) else next_sweep_at end
     where id = $3::integer and shard = $1::integer and revision = $4::bigint
     returning 1
   ), happened as not materialized (
     select * from unnest(
       $9::text[], $10::text[]::integer[], $11::text[], $12::text[], $13::text[], $14::text[], $15::text[], $16::text[], $17::text[],
       $18::text[]::timestamptz[], $19::text[]::boolean[]
     ) with ordinality
       as event (id, version, hash, document, op, topic, key, head, tail, observed_at, is_newest, position)
   ), state as (
     insert into account (source_id, account_id, version, hash, document, deleted_at)
     select $3::integer, id, version, decode(hash, 'hex'), document, case when document is null then now() end
     from happened where is_newest
     on conflict (source_id, account_id) do update set
       version = excluded.version, hash = excluded.hash, document = excluded.document, deleted_at = excluded.deleted_at
   ), entry as (
     insert into journal (shard, seq, source_id, account_id, version, op, topic, key, value, hash, observed_at, batch_nonce)
     select $1::integer, base + position, $3::integer, id, version, op, topic, key,
            head || coalesce(document, 'null') || tail, decode(hash, 'hex'), observed_at, $21::bigint
     from owner, happened
   ), rejected as (
     insert into quarantine (source_id, fingerprint, item, reason, times)
     select $3::integer, sha256(convert_to(item, 'UTF8')), item::json, min(reason), count(*)
     from unnest($22::text[], $23::text[]) as refused (item, reason) group by item
     on conflict (source_id, fingerprint) do update set
       reason = excluded.reason, times = quarantine.times + excluded.times, last_seen_at = now()
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
       position = case when $26::boolean then $27::text::json else position end
     where id = $24::bigint and source_id = $3::integer and ended_at is null and $28::text is distinct from 'sweep'
     returning id
   ), discarded as (
     delete from sweep_seen using closed where pass_id = closed.id
   ), joined as (
     select id from hold
     where source_id = $3::integer and reason = $38::text and state = 'waiting'
       and exists (select from held_change where hold_id = hold.id)
     order by id desc limit 1
   ), opened as (
     insert into hold (source_id, reason, detail)
     select $3::integer, $38::text, $39::text where $38::text is not null and not exists (select from joined)
     returning id
   ), held as (
     insert into held_change (source_id, account_id, hold_id)
     select $3::integer, held.id, joined_or_opened.id
     from (select id from joined union all select id from opened) as joined_or_opened, unnest($40::text[]) as held (id)
     on conflict do nothing
   ), released as (
     delete from held_change using unnest($41::text[]) as back (id)
     where source_id = $3::integer and account_id = back.id
   ), history as (
     insert into pass (source_id, kind, started_at, ended_at, outcome,
                       pages, observed, inserted, updated, deleted, unchanged, quarantined)
     select $3::integer, 'poll', from_now(-$30::double precision), now(), 'done',
            $31::integer, $32::integer, $33::integer, $34::integer, $35::integer, $36::integer, $37::integer
     where $28::text = 'poll' and $33::integer + $34::integer + $35::integer + $37::integer > 0
   )
   select
     require(exists (select 1 from owner), 'TM001'),
     require(exists (select 1 from step), 'TM002'),
     -- what is staged must belong to a sweep that is open
     require($24::bigint is null or exists (select 1 from continued union all select 1 from closed), 'TM002'),
     (select base + 1 from owner) as "firstSeq"`,
);

/** @see PassStore.commit */
export async function commit(db: Queryable, step: CommitStep): Promise<CommitOutcome> {
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
    step.hold?.reason ?? null,
    step.hold?.detail ?? null,
    textArray(step.hold?.ids ?? []),
    textArray(step.released ?? []),
  ]);
  if (typeof outcome === "string") return { kind: outcome };
  return { kind: "committed", firstSeq: outcome.firstSeq, revision: step.batchNonce };
}

/** Whether it is given at all, and its text: a JSON null is a value too. */
function optionalJson(value: unknown): [boolean, string | null] {
  return value === undefined ? [false, null] : [true, JSON.stringify(value)];
}

function entryColumns({ entries }: CommitStep): unknown[] {
  const newest = new Map(entries.map(({ accountId }, index) => [accountId, index]));
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

function finishedColumns({ finished }: CommitStep): unknown[] {
  if (finished === undefined) return [null, null, null, 0, 0, 0, 0, 0, 0, 0];
  return [finished.kind, finished.nextInMs, finished.tookMs, ...countColumns(finished.counts)];
}
