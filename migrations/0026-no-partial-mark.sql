-- Which rooms are known in part, the partial joins say.
alter table rooms drop column is_partial;
