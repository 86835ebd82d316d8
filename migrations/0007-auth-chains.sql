-- Where the events that may authorise others stand in the chains that cover the auth graph of their room. A chain is the
-- history of one state key: of two events in it, the later one leads to the earlier. It has the number of its first event.
alter table events add column chain_nid bigint, add column chain_seq int;
create unique index events_chain on events (chain_nid, chain_seq) where chain_nid is not null;

-- What leads from one chain to another: an event of from_chain leads to the events of to_chain up to to_seq if its own
-- place is from_seq or later. What follows from other links is left out.
create table auth_chain_links (
  room_nid int not null,
  from_chain bigint not null,
  from_seq int not null,
  to_chain bigint not null,
  to_seq int not null,
  primary key (room_nid, from_chain, from_seq, to_chain)
);
create index auth_chain_links_to on auth_chain_links (to_chain, to_seq);
