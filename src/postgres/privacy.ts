import type { JsonValue } from "../core/json.ts";
import type { PrivacyStore, Rewrite, RewrittenItem, StoredDocument, StoredSlice } from "../ports/store.ts";
import { isOwner, isStep, owner } from "./fence.ts";
import { type Queryable, run, runFenced, sql } from "./sql.ts";
import { textArray } from "./text-array.ts";

/**
 * Rows after a place in their order, as many as are not too large together. Parameters: source, place, most rows, most bytes.
 * @param rows A query for `id` and `text`, at most $3 rows.
 */
function slices(name: string, rows: string) {
  return sql(
    name,
    `select id, text from (
       select id, text, sum(octet_length(text)) over (order by id) - octet_length(text) as before from (${rows}) as slice
     ) as sized
     where before < $4::integer order by id`,
  );
}

interface Row {
  id: string;
  text: string;
}

const documentOf = ({ id, text }: Row): StoredDocument => ({ id, document: text });

// The tables are walked along their keys; no id is empty, so '' is before the first.
const stored = slices(
  "privacy.documents",
  `select account_id as id, document as text from account
   where source_id = $1::integer and account_id > coalesce($2::text, '') and deleted_at is null
   order by account_id limit $3::integer`,
);

/** @see PrivacyStore.storedDocuments */
export async function storedDocuments(db: Queryable, slice: StoredSlice): Promise<StoredDocument[]> {
  return (await run<Row>(db, stored, valuesOf(slice))).map(documentOf);
}

const held = slices(
  "privacy.held",
  `select account_id as id, document as text from held_change
   where source_id = $1::integer and account_id > coalesce($2::text, '') and document is not null
   order by account_id limit $3::integer`,
);

/** @see PrivacyStore.heldDocuments */
export async function heldDocuments(db: Queryable, slice: StoredSlice): Promise<StoredDocument[]> {
  return (await run<Row>(db, held, valuesOf(slice))).map(documentOf);
}

const items = slices(
  "privacy.items",
  `select id, item::text as text from quarantine
   where source_id = $1::integer and id > coalesce($2::bigint, 0) order by id limit $3::integer`,
);

/** @see PrivacyStore.quarantinedRaws */
export async function quarantinedRaws(db: Queryable, slice: StoredSlice): Promise<RewrittenItem[]> {
  const rows = await run<Row>(db, items, valuesOf(slice));
  return rows.map(({ id, text }) => ({ id, raw: JSON.parse(text) as JsonValue }));
}

function valuesOf({ sourceId, after, limit, maxBytes }: StoredSlice): unknown[] {
  return [sourceId, after, limit, maxBytes];
}

/** Parameters: $1–$5 the fence, $6–$7 the rules that are applied, $8–$10 accounts, $11–$14 documents on hold, $15–$16 items in quarantine. */
const rewrite = sql(
  "privacy.rewrite",
  `with ${owner}, step as (
     update source set
       revision = $5::bigint,
       privacy_applied = case when $6::boolean then $7::text else privacy_applied end
     where id = $3::integer and shard = $1::integer and revision = $4::bigint
     returning 1
   ), forgotten as (
     delete from source_shape where source_id = $3::integer and $6::boolean
   ), living as (
     update account set document = written.document, hash = decode(written.hash, 'hex')
     from unnest($8::text[], $9::text[], $10::text[]) as written (id, document, hash)
     where source_id = $3::integer and account_id = written.id and deleted_at is null
   ), waiting as (
     update held_change set document = written.document, hash = decode(written.hash, 'hex'), upstream_time = written.upstream_time
     from unnest($11::text[], $12::text[], $13::text[], $14::text[]) as written (id, document, hash, upstream_time)
     where source_id = $3::integer and account_id = written.id and held_change.document is not null
   ), item as not materialized (
     select * from unnest($15::text[]::bigint[], $16::text[]) as item (id, raw)
   ), identified as (
     update quarantine set item = raw::json
     from item where source_id = $3::integer and quarantine.id = item.id and account_id is not null
   ), anonymous as (
     -- their fingerprint is the item's own, and several may be alike now
     delete from quarantine using item
     where source_id = $3::integer and quarantine.id = item.id and account_id is null
     returning raw, reason, times, pass, first_seen_at, last_seen_at
   ), described as (
     insert into quarantine (source_id, fingerprint, item, reason, times, pass, first_seen_at, last_seen_at)
     select $3::integer, sha256(convert_to(raw, 'UTF8')), raw::json, min(reason), sum(times), min(pass), min(first_seen_at), max(last_seen_at)
     from anonymous group by raw
     on conflict (source_id, fingerprint) do update set
       times = quarantine.times + excluded.times,
       first_seen_at = least(quarantine.first_seen_at, excluded.first_seen_at),
       last_seen_at = greatest(quarantine.last_seen_at, excluded.last_seen_at)
   )
   select ${isOwner}, ${isStep}`,
);

/** @see PrivacyStore.rewriteStored */
export async function rewriteStored(
  db: Queryable,
  { shard, term, sourceId, revision, nextRevision, applied, accounts, held: waiting, items: raws }: Rewrite,
): ReturnType<PrivacyStore["rewriteStored"]> {
  const outcome = await runFenced(db, rewrite, [
    shard,
    term,
    sourceId,
    revision,
    nextRevision,
    applied !== undefined,
    applied ?? null,
    textArray(accounts.map(({ id }) => id)),
    textArray(accounts.map(({ document }) => document)),
    textArray(accounts.map(({ hash }) => hash)),
    textArray(waiting.map(({ id }) => id)),
    textArray(waiting.map(({ document }) => document)),
    textArray(waiting.map(({ hash }) => hash)),
    textArray(waiting.map(({ upstreamTime }) => upstreamTime)),
    textArray(raws.map(({ id }) => id)),
    textArray(raws.map(({ raw }) => JSON.stringify(raw))),
  ]);
  return { kind: typeof outcome === "string" ? outcome : "rewritten" };
}
