-- Other servers: which of them do not answer, and by which keys they sign.

-- Servers that did not answer when they were last asked. One that answers has no row.
create table destinations (
  server_name text collate "C" primary key,
  failing_since bigint not null,
  retry_at bigint not null,
  -- How long it was left alone the last time; the next time it is longer.
  interval_ms bigint not null,
  problem text not null
);

-- Every key that another server ever published. A key of the past has the time at which it was put away; that is what
-- events of that time are checked by.
create table server_keys (
  server_name text collate "C" not null,
  key_id text collate "C" not null,
  public_key text not null,
  valid_until_ts bigint not null,
  expired_ts bigint,
  fetched_at bigint not null,
  -- What the server published, as Canonical JSON with its signatures, for those who ask us about it.
  answer text not null,
  primary key (server_name, key_id)
);
