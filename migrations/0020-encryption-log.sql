-- What happened to the devices and keys of an account, for its user to look at. Written with what it tells of.
create table encryption_log (
  nid bigint generated always as identity primary key,
  user_nid int not null references users,
  at bigint not null,
  kind text not null,
  -- The device, or the version of the key backup; null where it is the account's.
  subject text collate "C"
);
create index encryption_log_user on encryption_log (user_nid, nid);
create index encryption_log_at on encryption_log (at);
