-- OAuth grants. Many upstreams replace the refresh token with every use: whoever loses the newest has lost the authorisation, so it is
-- stored before anything else is done with it.

create table token (
  -- token address and client id
  credential text collate "C" not null check (credential <> ''),
  -- SHA-256 of the refresh token in the settings: another one there is another grant
  seed       bytea not null check (octet_length(seed) = 32),
  -- access and refresh token, under a key that is not in the database
  sealed     bytea not null,
  -- of the access token
  expires_at timestamptz not null,
  updated_at timestamptz not null default now(),
  primary key (credential, seed)
);
