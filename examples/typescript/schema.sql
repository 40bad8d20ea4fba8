-- All of this is sent as one query, which is one transaction: of processes that start at once, one makes the tables and the others wait for it. Without
-- the lock they would trip over each other, `if not exists` or not.
select pg_advisory_xact_lock(hashtext('account-table'));

-- One row per account, also of those that are gone: its version is what tells old records from new ones, and without it a replayed insert could bring
-- a deleted account back.
create table if not exists account (
  -- `<source>/<account id>`: the record's key
  key        text primary key,
  version    bigint not null,
  is_deleted boolean not null,
  -- null: deleted, or too large for its topic (a pointer); not jsonb, which refuses the \u0000 that a text of the upstream may hold
  document   json,
  constraint account_deleted_has_no_document check (is_deleted <= (document is null))
);

-- Versions that never came, for a person to look at.
create table if not exists missing (
  key          text not null,
  from_version bigint not null,
  to_version   bigint not null,
  noticed_at   timestamptz not null default now(),
  primary key (key, from_version)
);
