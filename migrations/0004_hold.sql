-- Deletes that came in a suspicious amount wait for a person. A hold keeps the ids and not the decision: the accounts stay as they are, an account
-- that is observed again leaves the hold in the same commit, and approval deletes only what a look-up still finds gone.

create table hold (
  id         bigint generated always as identity primary key,
  source_id  integer not null references source,
  reason     text not null check (reason in ('too-many-deletes', 'empty-sweep')),
  -- one sentence with the numbers of the moment at which it was opened
  detail     text not null,
  state      text not null default 'waiting' check (state in ('waiting', 'approved', 'rejected')),
  opened_at  timestamptz not null default now(),
  decided_at timestamptz,
  decided_by text,
  note       text,
  constraint hold_decision_has_time check ((state = 'waiting') = (decided_at is null)),
  constraint hold_decision_has_author check ((decided_at is null) = (decided_by is null))
);

create index hold_source on hold (source_id);

-- An account is in one hold at most. A hold without any is settled; its row stays as history. It is written by the statement that opens the hold,
-- which is why hold_id has no foreign key: a check per row would double the work when a million accounts are held at once.
create table held_change (
  source_id  integer not null,
  account_id text collate "C" not null,
  hold_id    bigint not null,
  primary key (source_id, account_id)
);

create index held_change_hold on held_change (hold_id, account_id);

alter table intent
  add column hold_id bigint references hold,
  add column note text,
  drop constraint intent_verb_check,
  add constraint intent_verb_check check (verb in ('resume', 'poll', 'sweep', 'approve', 'reject')),
  add constraint intent_decision_names_hold check ((verb in ('approve', 'reject')) = (hold_id is not null));
