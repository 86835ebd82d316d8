-- Rooms that were entered, or are about to be, without all of their members.
create table partial_joins (
  room_id text collate "C" primary key,
  -- The join, before which the state is that is yet to be had.
  event_id text not null,
  -- Servers that can be asked for it, as JSON.
  servers text not null
);
