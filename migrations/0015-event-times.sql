-- When events say they were sent: events that lie near each other in the table were mostly sent near each other, so that an
-- index of ranges, which costs next to nothing, finds those of an hour among all.
create index events_times on events using brin (origin_server_ts);
