-- What other servers sent: it is written down together with the answer to them, and worked off afterwards.

create table inbound_transactions (
  origin text collate "C" not null,
  txn_id text collate "C" not null,
  answer text not null,
  received_at bigint not null,
  primary key (origin, txn_id)
);

create table inbound_pdus (
  nid bigint generated always as identity primary key,
  room_nid int not null,
  origin text collate "C" not null,
  event_id text collate "C" not null,
  -- Canonical JSON, whose signatures and hash were checked.
  json text not null,
  -- Whether the server that a restricted join names has signed it.
  is_authorised boolean not null
);
create index inbound_pdus_room on inbound_pdus (room_nid, nid);

-- Only of such kinds as must not be lost.
create table inbound_edus (
  nid bigint generated always as identity primary key,
  origin text collate "C" not null,
  edu_type text not null,
  content text not null
);
create index inbound_edus_origin on inbound_edus (origin, nid);

-- What could not be worked off, again and again, and was set aside so that the rest could.
create table inbound_failures (
  nid bigint generated always as identity primary key,
  origin text collate "C" not null,
  -- The id of an event, or the kind of an EDU.
  name text not null,
  json text not null,
  error text not null,
  failed_at bigint not null
);
