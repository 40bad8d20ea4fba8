-- The last known state of every account, the journal of events, and the history of passes.
-- Account and journal refer to their source and shard without foreign keys: the one statement that writes them has
-- just updated both of those rows, and a check per row would double the work of the hot path for nothing.

-- Ids compare as bytes (collate "C"): no library upgrade can change their order under the index.
create table account (
  source_id  integer not null,
  account_id text collate "C" not null check (account_id <> ''),
  version    integer not null check (version > 0),
  hash       bytea not null check (octet_length(hash) = 16),
  -- canonical JSON as text: copied into events byte for byte; null once the account is deleted
  document   text,
  deleted_at timestamptz,
  primary key (source_id, account_id),
  constraint account_lives_or_is_deleted check ((document is null) = (deleted_at is not null))
) with (fillfactor = 80);

-- Written once, read in order of seq, dropped by the day. created_at is not monotone in seq: a commit that waited for
-- its shard over midnight carries the older day and the higher number.
create table journal (
  shard       integer not null,
  seq         bigint not null check (seq > 0),
  source_id   integer not null,
  account_id  text collate "C" not null,
  version     integer not null check (version > 0),
  op          text not null check (op in ('inserted', 'updated', 'deleted', 'snapshot')),
  topic       text not null,
  key         text not null,
  value       text not null,
  hash        bytea not null check (octet_length(hash) = 16),
  batch_nonce bigint not null,
  observed_at timestamptz not null,
  created_at  timestamptz not null default now(),
  primary key (shard, seq, created_at)
) partition by range (created_at);

create table pass (
  id          bigint generated always as identity primary key,
  source_id   integer not null references source,
  kind        text not null check (kind in ('poll', 'sweep')),
  started_at  timestamptz not null,
  ended_at    timestamptz,
  outcome     text check (outcome in ('done', 'failed')),
  error_code  text,
  error       text,
  pages       integer not null default 0,
  observed    integer not null default 0,
  inserted    integer not null default 0,
  updated     integer not null default 0,
  deleted     integer not null default 0,
  unchanged   integer not null default 0,
  quarantined integer not null default 0,
  -- of a sweep: where to go on, and how many distinct ids sweep_seen must hold
  position    json,
  seen        integer not null default 0,
  constraint pass_end_has_outcome check ((ended_at is null) = (outcome is null)),
  constraint pass_open_is_sweep check (ended_at is not null or kind = 'sweep'),
  constraint pass_failure_has_code check ((outcome is not distinct from 'failed') = (error_code is not null)),
  constraint pass_failure_has_error check ((error_code is null) = (error is null))
) with (fillfactor = 70);

-- At most one open sweep per source.
create unique index pass_open_sweep on pass (source_id) where ended_at is null;

-- Every id that was observed while a sweep was open. Unlogged: a crash of the server empties it, `pass.seen` (which is
-- logged) tells, and the sweep starts again.
create unlogged table sweep_seen (
  pass_id    bigint not null,
  account_id text collate "C" not null,
  primary key (pass_id, account_id)
);

-- Items that could not be understood. One row per distinct item of a source: reading it again only counts it.
create table quarantine (
  source_id     integer not null references source,
  fingerprint   bytea not null check (octet_length(fingerprint) = 32),
  -- json and not jsonb: an item may be here because of an escaped NUL character, which jsonb refuses
  item          json not null,
  reason        text not null,
  times         integer not null default 1,
  first_seen_at timestamptz not null default now(),
  last_seen_at  timestamptz not null default now(),
  primary key (source_id, fingerprint)
);

-- Documents compress well, and lz4 does it at a fraction of the cost of pglz; not every server is built with it.
do $$
begin
  if exists (select 1 from pg_settings where name = 'default_toast_compression' and 'lz4' = any (enumvals)) then
    alter table account alter column document set compression lz4;
    alter table journal alter column value set compression lz4;
  end if;
end
$$;
