-- People of this server: accounts, what proves who they are, their devices, and what they keep here.

create table accounts (
  user_nid int primary key references users,
  kind text not null default 'user' check (kind in ('user', 'guest', 'appservice')),
  password text, -- a PHC string
  is_admin boolean not null default false,
  locked boolean not null default false,
  suspended boolean not null default false,
  deactivated_at bigint,
  erased boolean not null default false,
  terms_accepted text,
  created_at bigint not null
);

create table profiles (
  user_nid int primary key references users,
  display_name text,
  avatar_url text,
  fields text not null default '{}' -- further fields, as a JSON object
);

create table devices (
  user_nid int not null references users,
  device_id text collate "C" not null,
  display_name text,
  created_at bigint not null,
  last_seen_at bigint,
  last_seen_ip text,
  last_seen_agent text,
  primary key (user_nid, device_id)
);

-- Tokens are kept as SHA-256 digests only.
create table access_tokens (
  id bigint generated always as identity primary key,
  digest bytea not null unique,
  user_nid int not null references users,
  device_id text collate "C",
  refresh_token_id bigint,
  used boolean not null default false,
  expires_at bigint,
  created_at bigint not null
);
create index access_tokens_user on access_tokens (user_nid, device_id);

-- A refresh token stays valid until one that it was exchanged for, or the access token issued with that, is first used.
-- It is kept as spent, so that whoever comes with it again gives the theft away.
create table refresh_tokens (
  id bigint generated always as identity primary key,
  digest bytea not null unique,
  user_nid int not null references users,
  device_id text collate "C" not null,
  parent_id bigint,
  spent boolean not null default false,
  created_at bigint not null
);
create index refresh_tokens_user on refresh_tokens (user_nid, device_id);

create table login_tokens (
  digest bytea primary key,
  user_nid int not null references users,
  expires_at bigint not null
);

create table openid_tokens (
  digest bytea primary key,
  user_nid int not null references users,
  expires_at bigint not null
);

-- A link that makes the first admin account, once.
create table setup_links (
  digest bytea primary key,
  created_at bigint not null,
  used_at bigint
);

create table registration_tokens (
  token text primary key,
  uses_allowed int,
  pending int not null default 0,
  completed int not null default 0,
  expires_at bigint
);

-- User-interactive authentication in progress. No credential is ever stored here.
create table uia_sessions (
  id text primary key,
  operation text not null,
  user_nid int references users,
  device_id text,
  completed text not null default '[]',
  parameters text not null default '{}',
  created_at bigint not null
);
create index uia_sessions_created_at on uia_sessions (created_at);

create table filters (
  user_nid int not null references users,
  filter_id int not null,
  definition text not null,
  primary key (user_nid, filter_id)
);

-- Account data, of the whole account (room_nid 0) or of one room. Tags are the type m.tag of a room.
create table account_data (
  user_nid int not null references users,
  room_nid int not null default 0,
  type text collate "C" not null,
  content text not null,
  pos bigint not null,
  primary key (user_nid, room_nid, type)
);
create index account_data_pos on account_data (user_nid, pos);

-- What a user changed in the default push rules, and the rules that are the user's own.
create table push_rules (
  user_nid int primary key references users,
  rules text not null,
  pos bigint not null
);

create table presence (
  user_nid int primary key references users,
  state text not null,
  status_msg text,
  last_active_at bigint not null
);

-- What people reported to the moderators of this server.
create table reports (
  id bigint generated always as identity primary key,
  reporter_nid int not null references users,
  room_id text,
  event_id text,
  user_id text,
  reason text,
  created_at bigint not null
);
