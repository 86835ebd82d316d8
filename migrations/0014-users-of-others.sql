-- The rooms of users of other servers, of whom we keep no memberships, are found by their entries in the state.
create index state_log_joined on state_log (key_nid, room_nid) where to_pos is null and membership = 'join';

-- Which device it was that changed; null where it is the user's cross-signing keys, or what they signed.
alter table device_list_changes add column device_id text collate "C";
