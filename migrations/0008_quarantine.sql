-- Quarantine for people: items can be named, looked up anew at the upstream (redriven) and discarded. An item that names its account is kept once per
-- account, as it was last read: what is asked of it is asked of the account, and when that is understood again, it leaves.

alter table quarantine
  add column id bigint generated always as identity,
  add column account_id text collate "C" check (account_id <> ''),
  -- the kind of pass that read it last; not known of items from before this migration
  add column pass text,
  -- the intent that asked for a look-up, and when the look-up has left the item where it is; waiting for it while this is null
  add column redrive_id bigint references intent,
  add column redriven_at timestamptz,
  add constraint quarantine_id unique (id);

create index quarantine_account on quarantine (source_id, account_id) where account_id is not null;

alter table source add column reject_limit integer check (reject_limit >= 0);

alter table intent
  -- the item that is redriven or discarded (null: all of the source), and how many they were; the row of an item does not stay
  add column item_id bigint,
  add column items integer,
  drop constraint intent_verb_check,
  add constraint intent_verb_check
    check (verb in ('resume', 'poll', 'sweep', 'approve', 'reject', 'redrive', 'discard')),
  add constraint intent_item_is_in_quarantine check (item_id is null or verb in ('redrive', 'discard'));
