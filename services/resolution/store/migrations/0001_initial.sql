-- compatibility: breaking
--
-- Times are of two kinds. `timestamptz` columns are for people and for audits. Everything that a decision waits for is in
-- milliseconds of the service clock, which only ever goes forward, and never faster than time: see service_clock.

-- One row, whose lock every writer of the feed holds until it commits: so revisions grow in the order of commits, and whoever
-- has read up to a revision misses nothing below it.
create table feed_head (
  singleton boolean primary key default true check (singleton),
  revision bigint not null
);
insert into feed_head (revision) values (0);

-- Milliseconds that the control API has been seen running. It stands still while none runs, so that no wait for a node or for
-- a cached answer is cut short by an outage or by a clock that jumps.
create table service_clock (
  singleton boolean primary key default true check (singleton),
  elapsed_ms bigint not null
);
insert into service_clock (elapsed_ms) values (0);

-- The feed, compacted: the last value per scope and key; no value where the key was deleted.
create table feed (
  scope text not null,
  key text not null,
  revision bigint not null unique,
  value jsonb,
  primary key (scope, key)
);
create index feed_by_scope on feed (scope, revision);
create index feed_deletions on feed (revision) where value is null;

-- Where the feed stood when, on the service clock: so the age of a deletion is known without a time in every entry.
create table feed_marks (
  revision bigint primary key,
  elapsed_ms bigint not null
);

-- Up to which revision deletions of a scope are gone: a follower from before that starts anew.
create table feed_pruned (
  scope text primary key,
  revision bigint not null
);

-- Cluster that the zone's wildcard answers, once it has been published.
create table zone (
  singleton boolean primary key default true check (singleton),
  default_cluster text not null
);

create table clusters (
  name text primary key,
  document jsonb not null,
  -- From the document, unless an operator has set it since the document last changed it.
  lifecycle text not null check (lifecycle in ('provisioned', 'active', 'draining')),
  -- Counted here, so that the cap holds exactly: users whose home it is, and users on their way to it.
  users integer not null default 0 check (users >= 0),
  arriving integer not null default 0 check (arriving >= 0),
  -- Not in the environment any more. Its name stays, for as long as users and transfers refer to it.
  removed boolean not null default false
);

create table users (
  label text primary key,
  plan text not null,
  home text not null references clusters,
  -- Placed there by name: a change of plan moves nobody who is pinned.
  pinned boolean not null default false,
  created_at timestamptz not null default now()
);
create index users_by_home on users (home, label);

create table domains (
  name text not null,
  user_label text not null references users on delete cascade,
  -- Name in the hosting zone that it stands for.
  host text not null,
  -- What a TXT record proves the claim with.
  token text not null,
  claimed_at timestamptz not null default now(),
  verified_at timestamptz,
  primary key (name, user_label)
);
create unique index domains_verified on domains (name) where verified_at is not null;
create index domains_by_user on domains (user_label);

create table evacuations (
  id uuid primary key,
  source text not null references clusters,
  mode text not null check (mode in ('planned', 'emergency')),
  state text not null check (state in ('running', 'paused', 'aborting', 'aborted', 'done')),
  -- Transfers started per second, and under way at once.
  rate double precision not null check (rate > 0),
  concurrency integer not null check (concurrency > 0),
  total integer not null,
  -- Users who could not be moved, counted by problem type.
  refused jsonb not null default '{}',
  requested_by text not null,
  requested_at timestamptz not null default now(),
  ended_at timestamptz
);

create table transfers (
  id uuid primary key,
  user_label text not null references users on delete cascade,
  source text not null references clusters,
  destination text not null references clusters,
  mode text not null check (mode in ('planned', 'emergency')),
  phase text not null check (phase in ('requested', 'accepting', 'forwarding', 'stopping', 'publishing', 'settling', 'done',
                                       'aborting', 'aborted', 'superseded')),
  evacuation uuid references evacuations,
  -- Why it was asked for; why it was aborted.
  reason text not null,
  outcome text,
  -- Revision that the nodes of a scope must have applied before the phase ends: {"edge:free": 12}.
  barriers jsonb not null default '{}',
  -- Service clock when the phase began; when the last DNS node had published, which starts the wait for cached answers.
  phase_since_ms bigint not null,
  published_ms bigint,
  -- Nodes that an emergency transfer did not wait for.
  skipped jsonb not null default '[]',
  requested_by text not null,
  requested_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
-- One transfer per user at a time; those that settle are no hindrance.
create unique index transfers_running on transfers (user_label)
  where phase in ('requested', 'accepting', 'forwarding', 'stopping', 'publishing', 'aborting');
create index transfers_by_phase on transfers (phase, phase_since_ms);
create index transfers_by_user on transfers (user_label, requested_at);
create index transfers_by_time on transfers (requested_at, id);
-- What the driver looks for in vain most of the time, beside a hundred thousand that are queued or settle.
create index transfers_to_start on transfers (phase_since_ms)
  where phase = 'requested' and (evacuation is null or outcome is not null);
create index transfers_settling on transfers (published_ms) where phase = 'settling';
create index transfers_by_evacuation on transfers (evacuation, phase) where evacuation is not null;

-- What edges of `holder` were told of a user who lives elsewhere now.
create table tombstones (
  user_label text not null references users on delete cascade,
  holder text not null references clusters,
  destination text not null references clusters,
  transfer uuid not null references transfers on delete cascade,
  created_at timestamptz not null default now(),
  -- Last request for the user that an edge has reported since; service clock.
  last_request_ms bigint,
  primary key (user_label, holder)
);
create index tombstones_by_holder on tombstones (holder);
create index tombstones_by_transfer on tombstones (transfer);

-- Followers of the feed. One is gone when it said so or when an operator says so, not when it is silent: a silent one
-- may well be serving.
create table nodes (
  scope text not null,
  name text not null,
  kind text not null check (kind in ('dns', 'edge', 'host')),
  cluster text,
  -- Changes with every start of the process: what an earlier one says late does not count.
  incarnation text not null,
  -- The connection that it follows the feed on: another one, to any replica, takes its place, and the end of an earlier one
  -- says nothing.
  connection text,
  applied_revision bigint not null default 0,
  -- When its last acknowledgement came; service clock, for lag.
  applied_ms bigint not null default 0,
  connected boolean not null,
  seen_ms bigint not null,
  seen_at timestamptz not null default now(),
  primary key (scope, name)
);

create table audit (
  id bigint generated always as identity primary key,
  at timestamptz not null default now(),
  actor text not null,
  action text not null,
  target text not null,
  request_id text not null,
  detail jsonb not null
);
create index audit_by_target on audit (target, id);

-- Answers to writes that carried an idempotency key.
create table idempotency_keys (
  actor text not null,
  key text not null,
  fingerprint text not null,
  status integer not null,
  body jsonb,
  created_at timestamptz not null default now(),
  primary key (actor, key)
);
create index idempotency_keys_by_age on idempotency_keys (created_at);
