-- Files that people of this server uploaded. The bytes lie on disk under their digest, so that the same file is kept once.
create table media (
  media_id text collate "C" primary key,
  owner_nid int not null references users,
  content_type text,
  upload_name text,
  size_bytes bigint,
  digest text, -- SHA-256 in hexadecimal; null until the bytes have come
  created_at bigint not null,
  -- Until when the bytes must have come, for an id that was given out before them.
  expires_at bigint,
  quarantined boolean not null default false
);
create index media_owner on media (owner_nid, created_at);
create index media_pending on media (expires_at) where digest is null;
create index media_digest on media (digest);
