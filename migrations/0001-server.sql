-- What the whole server shares: its identity, the one order of changes, the dictionary of names, work in the background.

-- Facts fixed at the first start or at a restore: server_name, schema_floor, restore_epoch.
create table server_info (
  name text primary key,
  value text not null
);

-- Every change that a client or a peer may have to learn of carries a position of this one order. Positions are drawn
-- under an advisory lock by the last statement of a transaction, so that they are given in the order of commits.
create sequence positions;

-- Events are numbered before they are written, so that rows which name one another can be built in memory.
-- A process draws a block of numbers at once.
create sequence event_nids increment by 256;

-- Who may write what at present. A writer whose epoch is no longer the one stored here must not commit.
create table leases (
  name text primary key,
  owner text not null,
  epoch bigint not null,
  renewed_at bigint not null
);

-- How far each follower of the order has come. It is saved together with what the follower did.
create table follower_cursors (
  follower text primary key,
  pos bigint not null
);

-- Work that outlives a request, in small steps that can be resumed.
create table background_jobs (
  id bigint generated always as identity primary key,
  kind text not null,
  arguments text not null,
  cursor text,
  done bigint not null default 0,
  total bigint,
  state text not null default 'waiting' check (state in ('waiting', 'running', 'finished', 'failed')),
  error text,
  created_at bigint not null,
  updated_at bigint not null
);

-- Answers to requests that carry a transaction id, so that a retry gets the same one. The key is a digest of the
-- user, the device, the operation, its path and the transaction id.
create table transactions (
  key bytea primary key,
  answer text not null,
  created_at bigint not null
);
create index transactions_created_at on transactions (created_at);

-- Every user that this server has ever met, by number; its own have a row in accounts as well.
create table users (
  nid int generated always as identity primary key,
  user_id text collate "C" not null unique
);
