-- compatibility: compatible
--
-- Names of users who were deleted, for ever, as a name may come back: a CNAME that points at a host of theirs was set for the
-- user who is gone, and proves nothing about the next one of that name. One short row per name, however often it is used.
create table former_labels (
  label text primary key
);

-- What housekeeping looks for: ended evacuations, by age.
create index evacuations_ended on evacuations (ended_at) where ended_at is not null;
