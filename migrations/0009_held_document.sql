-- Inserts and updates wait for a person, too: floods of inserts, and documents of a shape that the source's accounts never had. Nothing would bring
-- such an observation again, so its hold keeps the newest document. A delete on hold has none.

alter table held_change
  -- canonical JSON as text, as it will be published
  add column document      text,
  add column hash          bytea check (octet_length(hash) = 16),
  -- ISO-8601 as the upstream gave it
  add column upstream_time text,
  add constraint held_change_document_has_hash check ((document is null) = (hash is null)),
  add constraint held_change_delete_has_no_time check (document is not null or upstream_time is null);

alter table hold
  drop constraint hold_reason_check,
  add constraint hold_reason_check
    check (reason in ('too-many-deletes', 'empty-sweep', 'too-many-inserts', 'schema-drift'));

alter table source
  add column insert_limit integer check (insert_limit >= 0),
  add column drift        text not null default 'warn' check (drift in ('ignore', 'warn', 'hold'));

-- The member paths and JSON types that a source's documents have had. It is written when one is new, and so has no place in the source's own row,
-- which every poll writes.
create table source_shape (
  source_id integer primary key references source,
  shape     json not null
);
