-- Whether a state that another server told, of events that this one does not have, came in with the event that begins the branch.
alter table state_branches add column is_told boolean not null default false;
