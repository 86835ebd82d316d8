-- Who may write, when several processes share this database.

-- The table of this name was made before anything used it.
drop table leases;

-- Whenever a process takes leases, an epoch begins, and it ends when this row goes. A row is added or taken away under the
-- lock of the positions only, and whoever draws positions looks for the row of its epoch: so nothing is committed after an
-- epoch that was built in it. The process also keeps a connection with an advisory lock for as long as it lives.
create table tenures (
  epoch int generated always as identity primary key,
  -- Where the other processes reach this one; null where there cannot be others.
  address text,
  -- The machine and the data folder, which only one process works in at a time.
  home text not null,
  -- By the clock of this database.
  expires_at timestamptz not null
);

-- What is held: each shard of the rooms.
create table leases (
  name text primary key,
  epoch int references tenures (epoch) on delete set null
);
