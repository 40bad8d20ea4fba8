-- Sources and what operators ask of them. `apply` writes a source's configuration, its shard's owner writes the rest.

create table source (
  id               integer generated always as identity primary key,
  -- configuration
  name             text not null unique check (name <> ''),
  group_name       text,
  connector        text not null,
  shard            integer not null references shard,
  settings         jsonb not null check (jsonb_typeof(settings) = 'object'),
  settings_version integer not null default 1,
  topic            text not null,
  compacted        boolean not null,
  every_ms         bigint not null check (every_ms > 0),
  sweep_every_ms   bigint not null check (sweep_every_ms > 0),
  budget_requests  integer not null check (budget_requests > 0),
  budget_per_ms    bigint not null check (budget_per_ms > 0),
  delete_limit     integer check (delete_limit >= 0),
  -- where it stands
  state            text not null default 'running' check (state in ('running', 'paused', 'halted')),
  halted_code      text,
  halted_reason    text,
  -- random: a source that is created anew in a restored database must not look like the one that was lost
  revision         bigint not null default hashtextextended(gen_random_uuid()::text, 0),
  -- json and not jsonb: a cursor comes back exactly as the connector gave it, escaped NUL characters included
  cursor           json,
  cursor_moved_at  timestamptz,
  is_loaded        boolean not null default false,
  population       integer not null default 0 check (population >= 0),
  activity         json not null default '[]',
  failures         integer not null default 0 check (failures >= 0),
  last_error       text,
  last_attempt_at  timestamptz,
  last_poll_at     timestamptz, -- ended well
  last_sweep_at    timestamptz, -- ended complete
  last_change_at   timestamptz,
  next_poll_at     timestamptz not null default now(),
  next_sweep_at    timestamptz not null,
  constraint source_halt_has_code check ((state = 'halted') = (halted_code is not null)),
  constraint source_halt_has_reason check ((halted_code is null) = (halted_reason is null)),
  constraint source_cursor_has_age check ((cursor is null) = (cursor_moved_at is null))
) with (fillfactor = 50);

-- The shard of a source hardly ever changes: this index costs nothing on the hot path.
create index source_shard on source (shard);

create table intent (
  id        bigint generated always as identity primary key,
  source_id integer not null references source,
  verb      text not null check (verb in ('resume', 'poll', 'sweep')),
  actor     text not null,
  asked_at  timestamptz not null default now(),
  done_at   timestamptz,
  outcome   text,
  constraint intent_done_has_outcome check ((done_at is null) = (outcome is null))
);

create index intent_pending on intent (source_id) where done_at is null;
