-- How far each application service has been told what happens, and the transaction that it has not confirmed yet.
create table appservice_queues (
  appservice_id text primary key,
  pos bigint not null,
  txn bigint not null,
  pending text, -- the body, as it is sent again until it is confirmed
  carried text -- the messages to devices in it, as JSON: they wait in their inboxes until it is confirmed
);
