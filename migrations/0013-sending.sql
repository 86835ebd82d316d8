-- What other servers have not been sent yet. For a server that has everything there is no row.

-- By server and room, the newest live event that it has not been sent.
create table unsent_events (
  server_name text collate "C" not null,
  room_nid int not null,
  pos bigint not null,
  -- Those before it, in order; null where they are so many that the server is to ask for them itself.
  earlier bigint[],
  primary key (server_name, room_nid)
);
create index unsent_events_order on unsent_events (server_name, pos);

-- What is no event and must not be lost: messages to devices, changes of devices and keys.
create table unsent_edus (
  server_name text collate "C" not null,
  pos bigint not null,
  edu text not null,
  primary key (server_name, pos)
);

-- A transaction that a server did not answer: it is sent again as it is, since the server may have taken it.
create table unanswered_transactions (
  server_name text collate "C" primary key,
  txn_id text not null,
  created_at bigint not null,
  body text not null,
  -- What it holds, as JSON: by rooms the position of the last event, and that of the last kept EDU.
  holds text not null
);

-- Events of other servers that we have promised to send to the rest of the room, by the server that has them already.
create table carried_events (
  event_id text collate "C" primary key,
  origin text not null,
  created_at bigint not null
);

-- Servers that were said to be in a room of which not all members are known yet.
create table assumed_servers (
  room_nid int not null,
  server_name text collate "C" not null,
  primary key (room_nid, server_name)
);

-- Servers that an operator wants to be tried at once.
create table destination_resets (
  server_name text collate "C" primary key
);
