-- When somebody last looked at a file of another server, to the day: the longest unseen goes first.
alter table remote_media add column read_at bigint not null default 0;
update remote_media set read_at = fetched_at;
create index remote_media_read_at on remote_media (read_at) where not quarantined;
