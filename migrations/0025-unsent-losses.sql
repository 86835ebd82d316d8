-- How many messages to devices a server will never get, since it was away for too long or too many waited for it.
create table unsent_edu_losses (
  server_name text collate "C" primary key,
  edus bigint not null,
  first_at bigint not null,
  last_at bigint not null
);
