-- Files of other servers that somebody here looked at. Their bytes lie beside those of our own.
create table remote_media (
  server_name text collate "C" not null,
  media_id text collate "C" not null,
  content_type text not null,
  upload_name text,
  size_bytes bigint not null,
  digest text not null,
  fetched_at bigint not null,
  quarantined boolean not null default false,
  primary key (server_name, media_id)
);
