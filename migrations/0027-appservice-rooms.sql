-- Which rooms application services list as rooms of the networks that they are bridges to.
create table appservice_rooms (
  room_nid int not null references rooms on delete cascade,
  appservice_id text not null,
  network_id text not null,
  primary key (room_nid, appservice_id, network_id)
);
create index appservice_rooms_network on appservice_rooms (appservice_id, network_id);
