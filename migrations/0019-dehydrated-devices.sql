-- A device that is kept here by a user who may have no other, so that what is sent meanwhile can be read later. What it is
-- made of only the user can read.
create table dehydrated_devices (
  user_nid int primary key references users,
  device_id text collate "C" not null,
  device_data text not null
);
