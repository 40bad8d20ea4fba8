-- Some changes become visible only after polls have passed their time: a second, slower pass looks back over a longer stretch. It has a schedule
-- of its own, and leaves the cursor alone. Passes may be bound to windows; what a person asks for goes through at any time.

alter table source
  add column look_back_every_ms bigint check (look_back_every_ms > 0),
  add column look_back_window_ms bigint check (look_back_window_ms > 0),
  add column next_look_back_at timestamptz,
  -- when the last one that ended well began: the next one begins where that one left off
  add column last_look_back_at timestamptz,
  add constraint source_look_back_is_whole check ((look_back_every_ms is null) = (look_back_window_ms is null)),
  add constraint source_look_back_is_due check ((look_back_every_ms is null) = (next_look_back_at is null)),
  -- time zone and texts, as they stand in the configuration; null: at any time
  add column windows jsonb check (jsonb_typeof(windows) = 'object'),
  -- a person has asked for one, until one ends well
  add column poll_asked boolean not null default false,
  add column sweep_asked boolean not null default false;

alter table pass
  drop constraint pass_kind_check,
  add constraint pass_kind_check check (kind in ('poll', 'sweep', 'look-back'));
