-- Live events that came while some before them were not known: who follows the room must look back there.
create table history_breaks (
  room_nid int not null references rooms,
  pos bigint not null,
  primary key (room_nid, pos)
);

insert into history_breaks (room_nid, pos)
select distinct event_gaps.room_nid, events.pos from event_gaps join events on events.nid = event_gaps.event_nid
where events.pos is not null;
