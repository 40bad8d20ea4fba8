-- What an installation is, who works for it, and who owns which shard.
-- A shard is the unit of ownership: its lease, its term (the fencing token) and its journal numbers live in one row,
-- so that one update checks the owner, takes the numbers and shuts everybody else out.

-- Raises an SQLSTATE of our own unless the condition holds: a statement that lost its fence must roll back whole.
-- TM001: the shard's term is not the caller's any more. TM002: the source is not in the revision that was read.
create function require(condition boolean, code text) returns boolean
language plpgsql as $$
begin
  if condition then
    return true;
  end if;
  raise exception using errcode = code, message = 'fence ' || code || ' did not hold';
end
$$;

-- Milliseconds since then, by the clock of this server: the only clock that decides about leases and schedules.
create function age_ms(since timestamptz) returns double precision
language sql stable return round(extract(epoch from now() - since) * 1000)::double precision;

create function from_now(ms double precision) returns timestamptz
language sql stable return now() + ms * interval '1 millisecond';

create table installation (
  id              boolean primary key default true check (id),
  prefix          text not null check (prefix <> ''),
  shard_count     integer not null check (shard_count between 1 and 1024),
  journal_id      uuid not null default gen_random_uuid(),
  cluster_id      text,
  config_revision bigint not null default 0,
  created_at      timestamptz not null default now()
);

create table topic (
  name       text primary key,
  partitions integer not null check (partitions > 0),
  compacted  boolean not null,
  pinned_at  timestamptz not null default now()
);

create table worker (
  id      text collate "C" primary key,
  host    text not null,
  version text not null,
  seen_at timestamptz not null
);

-- Every commit updates its shard's row. Half of each page stays free and no column but the key is indexed, so that
-- these updates stay within their page (HOT) and leave nothing for vacuum.
create table shard (
  id              integer primary key check (id >= 0),
  owner           text,
  term            bigint not null default 0,
  expires_at      timestamptz,
  last_seq        bigint not null default 0,
  published_seq   bigint not null default 0,
  published_nonce bigint,
  seeded          boolean not null default false,
  constraint shard_lease_has_end check ((owner is null) = (expires_at is null)),
  constraint shard_published_was_given check (published_seq between 0 and last_seq),
  constraint shard_published_after_seeding check (published_seq = 0 or seeded)
) with (fillfactor = 50);
