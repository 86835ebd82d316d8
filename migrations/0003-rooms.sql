-- Rooms as event graphs, the log of their state, and who is in them.

create table rooms (
  nid int generated always as identity primary key,
  room_id text collate "C" not null unique,
  version text not null,
  published boolean not null default false,
  created_at bigint not null
);

-- A type with a state key, or without one (null) for events that are no state.
create table state_keys (
  nid int generated always as identity primary key,
  type text collate "C" not null,
  state_key text collate "C",
  unique nulls not distinct (type, state_key)
);

-- The headers of events; they stay when a body goes.
create table events (
  nid bigint primary key,
  event_id text collate "C" not null unique,
  room_nid int not null references rooms,
  sender_nid int not null references users,
  key_nid int not null references state_keys,
  is_state boolean not null,
  -- When this server learned of it as live; null for outliers and for history fetched later.
  pos bigint unique,
  -- Where it belongs in the room: the position of the live event that it precedes, and a negative offset. A live one is (pos, 0).
  place_pos bigint,
  place_offset int not null default 0,
  depth bigint not null,
  origin_server_ts bigint not null,
  received_at bigint not null,
  status smallint not null, -- 0 accepted, 1 rejected, 2 soft-failed, 3 outlier
  prev_nids bigint[] not null,
  auth_nids bigint[] not null,
  -- The state event that it took the place of.
  replaces_nid bigint,
  -- The forward extremities of the room after this event, besides the event itself; null where there are none, as is usual.
  other_extremities bigint[],
  rel_type text,
  relates_to text collate "C",
  thread_root text collate "C",
  redacts text collate "C",
  redacted_by text collate "C",
  body_class smallint not null, -- 0 state, 1 kept, 2 kept for some days; null bodies mean purged
  -- The device and transaction that sent it, told to that device only.
  device_id text,
  txn_id text
);
create index events_place on events (room_nid, place_pos, place_offset) where place_pos is not null;
create index events_relations on events (relates_to, rel_type) where relates_to is not null;
create index events_threads on events (room_nid, thread_root, place_pos, place_offset) where thread_root is not null;
create index events_redacts on events (redacts) where redacts is not null;

-- Signed events as canonical JSON text. Retention drops whole partitions of the classes that are kept for some days.
create table event_bodies (
  event_nid bigint not null,
  body_class smallint not null,
  received_day int not null,
  json text not null,
  primary key (body_class, received_day, event_nid)
) partition by list (body_class);
create table event_bodies_state partition of event_bodies for values in (0);
create table event_bodies_kept partition of event_bodies for values in (1);
create table event_bodies_expiring partition of event_bodies for values in (2) partition by range (received_day);

-- Which media an event shows, so that media can go with the last event that shows it.
create table event_media (
  mxc text collate "C" not null,
  event_nid bigint not null,
  primary key (mxc, event_nid)
);

-- What clients were told of the state: an entry holds from the position from_pos on, until to_pos.
create table state_log (
  room_nid int not null,
  key_nid int not null,
  from_pos bigint not null,
  to_pos bigint,
  event_nid bigint not null,
  membership text, -- what an m.room.member says
  primary key (room_nid, key_nid, from_pos)
);
create index state_log_current on state_log (room_nid, key_nid) include (event_nid, membership) where to_pos is null;
create index state_log_from on state_log (room_nid, from_pos);

-- The membership of each user of this server in each room, with the stripped state that came with an invite or a knock.
create table memberships (
  user_nid int not null references users,
  room_nid int not null references rooms,
  membership text not null,
  event_nid bigint not null,
  pos bigint not null,
  stripped_state text,
  forgotten boolean not null default false,
  primary key (user_nid, room_nid)
);
create index memberships_room on memberships (room_nid);
create index memberships_pos on memberships (pos);

create table room_aliases (
  alias text collate "C" primary key,
  room_nid int not null references rooms,
  creator_nid int not null references users,
  created_at bigint not null
);
create index room_aliases_room on room_aliases (room_nid);

-- What lists of rooms show and sort by, kept beside the state that it repeats.
create table room_summaries (
  room_nid int primary key references rooms,
  name text,
  topic text,
  canonical_alias text,
  avatar_url text,
  room_type text,
  join_rule text not null,
  world_readable boolean not null,
  guest_can_join boolean not null,
  encryption text,
  joined_members int not null
);

create table receipts (
  room_nid int not null references rooms,
  user_nid int not null references users,
  type text not null,
  thread_id text collate "C" not null default '', -- '' for a receipt that is not of a thread
  event_id text collate "C" not null,
  event_pos bigint not null,
  ts bigint not null,
  pos bigint not null,
  primary key (room_nid, user_nid, type, thread_id)
);
create index receipts_pos on receipts (room_nid, pos);
create index receipts_user on receipts (user_nid, room_nid);

-- Unread events as counted up to a position; who reads the counts moves them on.
create table notification_counts (
  user_nid int not null references users,
  room_nid int not null references rooms,
  thread_id text collate "C" not null, -- 'main' for the main timeline
  counted_from bigint not null,
  counted_to bigint not null,
  notifications int not null,
  highlights int not null,
  primary key (user_nid, room_nid, thread_id)
);
