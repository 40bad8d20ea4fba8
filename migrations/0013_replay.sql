-- Going back: to a stored cursor, to any moment of the journal, to the current state. And intents that have arguments and an answer.

alter table source
  add column last_checkpoint_at timestamptz;

-- Where a source once stood. Its cursor is read by the version of the connector's cursor that wrote it, and by no other.
create table checkpoint (
  id             bigint generated always as identity primary key,
  source_id      integer not null references source,
  -- json as in source; null: before the first poll
  cursor         json,
  cursor_version integer not null check (cursor_version > 0),
  -- the last number of the source's shard at that moment
  seq            bigint not null check (seq >= 0),
  population     integer not null check (population >= 0),
  -- the pass that ended, or the verb of what a person did
  reason         text not null check (reason <> ''),
  -- null: nobody asked for it
  actor          text,
  at             timestamptz not null default now()
);

create index checkpoint_source on checkpoint (source_id, at);

alter table intent
  drop constraint intent_verb_check,
  add constraint intent_verb_is_named check (verb <> ''),
  -- json and not jsonb: a cursor may be among them
  add column arguments json,
  add column answer    json;

-- What is published again, or read again, because a person wants it. Journal: events as they were. Snapshot: one event per known account. Republish: what
-- the poll after a rewind returns, changed or not. Backfill: what has changed at the upstream within a range, beside the live cursor.
create table replay (
  id         bigint generated always as identity primary key,
  kind       text not null check (kind in ('journal', 'snapshot', 'republish', 'backfill')),
  -- null: every source
  source_id  integer references source,
  account_id text collate "C" check (account_id <> ''),
  -- null: every one
  ops        text[],
  -- null: the topic of each event
  topic      text,
  -- of a backfill
  since      timestamptz,
  until      timestamptz,
  -- events per second; null: as fast as the live feed allows
  pace       integer check (pace > 0),
  state      text not null default 'running' check (state in ('running', 'paused', 'cancelled', 'failed')),
  -- why it failed
  detail     text,
  actor      text not null,
  asked_at   timestamptz not null default now(),
  ended_at   timestamptz,
  constraint replay_selects_from_the_journal check (kind = 'journal' or (account_id is null and ops is null and topic is null)),
  constraint replay_end_has_time check ((state in ('cancelled', 'failed')) <= (ended_at is not null)),
  constraint replay_failure_has_detail check ((state = 'failed') = (detail is not null))
);

-- How far a replay is: its part of each shard that it concerns, carried out by that shard's owner.
create table replay_part (
  replay_id bigint not null references replay on delete cascade,
  shard     integer not null references shard,
  -- of the journal: the next number to be looked at, and the last one
  next_seq  bigint check (next_seq > 0),
  end_seq   bigint,
  -- of all else: the last account, or the cursor
  position  json,
  -- events, or accounts, that it was thought to come to; null: nobody can tell
  expected  bigint,
  done      bigint not null default 0,
  ended_at  timestamptz,
  primary key (replay_id, shard),
  constraint replay_part_of_the_journal_has_range check ((next_seq is null) = (end_seq is null))
);

create index replay_part_open on replay_part (shard) where ended_at is null;

-- Of an event that is published again: by which replay, and, when it was taken from the journal, under which number of the same shard it stood first.
alter table journal
  add column replay_id  bigint,
  add column origin_seq bigint;

-- Which version of the connector's cursors wrote it: it may have been stored by an earlier program.
alter table source
  add column cursor_version integer not null default 1 check (cursor_version > 0);

-- When a sweep last got on: one that changes nothing shows it nowhere else.
alter table pass
  add column advanced_at timestamptz;

-- The last passes and intents of one source are asked for by a person.
create index pass_ended on pass (source_id, id) where ended_at is not null;
create index intent_source on intent (source_id, id);

-- A removed source keeps its row, and with it its name and topic: consumers still hold its accounts with their versions, which another feed under this
-- name would contradict, and its events may still have to be found in its topic. Everything else of it is forgotten.
alter table source
  add column removed_at timestamptz;

-- Numbers do not rise strictly with days: a row of a day that is kept may have a lower number than one that has left with an earlier day. From this number
-- on nothing has left.
alter table shard
  add column first_kept_seq bigint not null default 1 check (first_kept_seq > 0);
