-- compatibility: compatible
--
-- A step looks for the user's other transfers in certain phases. Without this, before statistics have been gathered, the planner
-- may walk through all that are in the phase, which in an evacuation are many thousands.
create index transfers_by_user_phase on transfers (user_label, phase);
