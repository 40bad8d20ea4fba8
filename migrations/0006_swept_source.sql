-- Some upstreams cannot be asked what changed: their sources have no polls, and every pass of theirs is a sweep. Others
-- offer no sweep that could prove anything: such a pass has not failed, and is told apart from one that has.

alter table source alter column every_ms drop not null;
alter table source alter column next_poll_at drop not null;
alter table source alter column next_poll_at drop default;
alter table source add constraint source_poll_is_due check ((every_ms is null) = (next_poll_at is null));

alter table pass drop constraint pass_outcome_check;
alter table pass add constraint pass_outcome_check check (outcome in ('done', 'failed', 'not-offered'));
alter table pass drop constraint pass_failure_has_error;
alter table pass add constraint pass_failure_has_error
  check ((coalesce(outcome, 'done') = 'done') = (error is null));

-- Why the last sweep was not offered; null when it was.
alter table source add column sweep_not_offered text;
