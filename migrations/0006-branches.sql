-- State where a room's graph forks, what is missing in the graph, and rooms whose state is known in part.

-- The log of the state is the main line. An event whose state does not follow it names a step of a branch: what holds there
-- are the changes of the branch up to that step, over its parent as it was at one step, or over the main line at a position.
create table state_branches (
  nid bigint primary key, -- the number of the event with which it begins
  room_nid int not null references rooms,
  parent_branch bigint not null, -- 0 for the main line
  parent_at bigint not null,
  depth smallint not null -- how many branches lie between it and the main line, with itself
);
create index state_branches_room on state_branches (room_nid);

create table state_branch_log (
  branch_nid bigint not null,
  room_nid int not null,
  key_nid int not null,
  from_seq int not null,
  event_nid bigint, -- null where the branch does not have the key
  membership text,
  primary key (branch_nid, key_nid, from_seq)
);
create index state_branch_log_key on state_branch_log (room_nid, key_nid);

-- The state after an event: null for one on the main line, where its own position tells. Branch 0 is the main line at an
-- earlier position.
alter table events add column state_branch bigint, add column state_seq bigint;

-- Predecessors that accepted events name and that this server does not have.
create table event_gaps (
  room_nid int not null references rooms,
  event_nid bigint not null,
  missing_event_id text collate "C" not null,
  primary key (room_nid, missing_event_id, event_nid)
);

-- Whether the room was joined with a part of its state, and the rest is still to come.
alter table rooms add column is_partial boolean not null default false;
