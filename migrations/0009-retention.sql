-- What keeps messages for a time only, and what takes history and rooms away.

-- What a job works on. Of one kind there is at most one job at a time that works on the same.
alter table background_jobs add column resource text;
create unique index background_jobs_at_work on background_jobs (kind, resource) where state in ('waiting', 'running');

-- Null while the room lives, 0 while it is being deleted, then when that was done. The row stays for a while, with the
-- memberships, so that clients which were away learn that they have left.
alter table rooms add column deleted_at bigint;

-- Rooms that nobody of this server may enter.
create table blocked_rooms (
  room_id text collate "C" primary key,
  user_nid int references users,
  created_at bigint not null
);

-- For how long the bodies of a room's messages were last told to be kept, where the room itself says so; null for always.
create table room_retention (
  room_nid int primary key,
  lifetime_ms bigint
);

-- Days of which what is kept for no longer than so long has been deleted.
create table retention_days (
  day int primary key,
  swept_ms bigint not null
);

-- Redactions in the order in which they came, for what erases the originals some time later.
create index events_redactions on events (received_at, nid) where redacts is not null;
-- What of a room has no place in it.
create index events_unplaced on events (room_nid) where place_pos is null;
create index event_media_event on event_media (event_nid);
