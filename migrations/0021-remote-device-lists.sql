-- What other servers told of the devices and keys of their users whom we meet, and up to which of their updates.
create table remote_device_lists (
  user_nid int primary key references users,
  -- Devices and keys as JSON; null until they were told.
  keys text,
  -- The last update that is in it; null where the server told the keys without a number.
  stream_id bigint,
  -- The position from which on nothing of the user's was missed, as long as we met all the time.
  since_pos bigint not null default 0,
  -- Grows with each update that was heard of, so that what was asked before it is not taken for what came after.
  version bigint not null default 0,
  is_current boolean not null default false,
  -- Whether our users were told of a change that nobody has asked about since.
  is_announced boolean not null default false,
  told_at bigint not null default 0
);
create index remote_device_lists_outdated on remote_device_lists (user_nid) where not is_current;
