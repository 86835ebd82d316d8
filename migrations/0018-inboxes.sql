-- When a message for a device came, so that those of devices that nobody uses any more can go.
alter table to_device_messages add column sent_at bigint not null default (extract(epoch from now()) * 1000)::bigint;

-- How many messages a device will never see, since it did not fetch them for too long or too many waited for it.
create table to_device_losses (
  user_nid int not null references users,
  device_id text collate "C" not null,
  messages bigint not null,
  first_at bigint not null,
  last_at bigint not null,
  primary key (user_nid, device_id)
);

-- Digests of the names under which other servers sent messages to devices: one that comes again is not taken again.
create table received_messages (
  key bytea primary key,
  received_at bigint not null
);
create index received_messages_received_at on received_messages (received_at);
