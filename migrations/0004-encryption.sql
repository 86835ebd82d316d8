-- Keys of devices and messages to them. The server relays them and never sees what they protect.

create table device_keys (
  user_nid int not null references users,
  device_id text collate "C" not null,
  keys text not null,
  primary key (user_nid, device_id)
);

create table one_time_keys (
  id bigint generated always as identity primary key, -- in the order of upload, which is the order of issue
  user_nid int not null references users,
  device_id text collate "C" not null,
  algorithm text not null,
  key_id text collate "C" not null,
  key text not null,
  -- A key that was issued stays for a while, so that a repeated upload of it does not have it issued again.
  claimed_at bigint,
  unique (user_nid, device_id, algorithm, key_id)
);
create index one_time_keys_unclaimed on one_time_keys (user_nid, device_id, algorithm, id) where claimed_at is null;

create table fallback_keys (
  user_nid int not null references users,
  device_id text collate "C" not null,
  algorithm text not null,
  key_id text collate "C" not null,
  key text not null,
  used boolean not null default false,
  primary key (user_nid, device_id, algorithm)
);

-- The keys with which a user signs devices and other users (cross-signing).
create table cross_signing_keys (
  user_nid int not null references users,
  usage text not null check (usage in ('master', 'self_signing', 'user_signing')),
  key text not null,
  primary key (user_nid, usage)
);

-- Signatures that came after the keys which they sign: a device by its id, a cross-signing key by its public key.
create table key_signatures (
  user_nid int not null references users,
  key_id text collate "C" not null,
  signer_nid int not null references users,
  signer_key_id text collate "C" not null,
  signature text not null,
  primary key (user_nid, key_id, signer_nid, signer_key_id)
);
create index key_signatures_signer on key_signatures (signer_nid, signer_key_id);

-- Backups of room keys, which the user's devices encrypt themselves. A deleted one leaves its number taken.
create table key_backups (
  user_nid int not null references users,
  version int not null,
  algorithm text not null,
  auth_data text not null,
  etag bigint not null default 0, -- grows with each change of the keys
  key_count int not null default 0,
  deleted boolean not null default false,
  primary key (user_nid, version)
);

create table backed_up_keys (
  user_nid int not null,
  version int not null,
  room_id text collate "C" not null,
  session_id text collate "C" not null,
  first_message_index bigint not null,
  forwarded_count bigint not null,
  is_verified boolean not null,
  session_data text not null,
  primary key (user_nid, version, room_id, session_id),
  foreign key (user_nid, version) references key_backups
);

-- Messages that wait for a device. They go when the device comes back with the token that carried them.
create table to_device_messages (
  user_nid int not null references users,
  device_id text collate "C" not null,
  pos bigint not null,
  sender text not null,
  type text not null,
  content text not null,
  primary key (user_nid, device_id, pos)
);

-- One row a change of a user's devices or keys; who must learn of it is worked out when it is read. A signature of
-- somebody else's key concerns nobody but who made it.
create table device_list_changes (
  pos bigint primary key,
  user_nid int not null references users,
  only_user_nid int references users
);
create index device_list_changes_user on device_list_changes (user_nid, pos);
