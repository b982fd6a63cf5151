-- Rules of schedules, more states, and what became of each fire. SQLite changes no CHECK: the schedules move to a new table.

CREATE TEMP TABLE last_seq AS SELECT seq FROM sqlite_sequence WHERE name = 'schedules';

CREATE TABLE new_schedules (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  state TEXT NOT NULL CHECK (state IN ('SCHEDULED', 'PAUSED', 'FAULTY', 'ENDED', 'CANCELED')),
  reason TEXT, -- why it is FAULTY or has ENDED
  "when" TEXT NOT NULL,
  rules TEXT NOT NULL CHECK (json_type(rules) = 'object'), -- JSON of the ScheduleRules
  actor TEXT NOT NULL CHECK (actor IN ('USER', 'SCHEDULER')),
  project TEXT NOT NULL,
  spider TEXT NOT NULL,
  request TEXT NOT NULL CHECK (json_type(request) = 'object'), -- JSON of the JobRequest
  anchor_at INTEGER NOT NULL,
  planned_at INTEGER NOT NULL,
  next_fire_at INTEGER,
  runs INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL
) STRICT;

INSERT INTO new_schedules (seq, id, state, "when", rules, actor, project, spider, request, anchor_at, planned_at,
    next_fire_at, created_at, changed_at)
  SELECT seq, id, state, "when", json_object('zone', zone), actor, project, spider, request, anchor_at,
    coalesce(next_fire_at, changed_at), next_fire_at, created_at, changed_at
  FROM schedules;
UPDATE new_schedules SET runs = (SELECT count(*) FROM jobs WHERE schedule_id = new_schedules.id);
DROP TABLE schedules;
ALTER TABLE new_schedules RENAME TO schedules;

-- A number that was given once is never given again.
DELETE FROM sqlite_sequence WHERE name = 'schedules';
INSERT INTO sqlite_sequence (name, seq) SELECT 'schedules', seq FROM last_seq;
DROP TABLE last_seq;

CREATE INDEX schedules_changed ON schedules (state, changed_at, seq);
CREATE INDEX schedules_of_project ON schedules (project, seq);

-- What became of each fire: a job, or why there is none. A row may stand for all fires planned from one instant to another.
CREATE TABLE fires (
  schedule_seq INTEGER NOT NULL REFERENCES schedules (seq) ON DELETE CASCADE,
  planned_at INTEGER NOT NULL,
  until_at INTEGER, -- the end of those that the row stands for; null for one fire
  count INTEGER, -- how many they are, where that is known
  due_at INTEGER, -- when the one fire was to be made
  made_at INTEGER NOT NULL,
  job_id TEXT,
  reason TEXT, -- why there is no job
  PRIMARY KEY (schedule_seq, planned_at)
) STRICT, WITHOUT ROWID;

INSERT INTO fires (schedule_seq, planned_at, count, due_at, made_at, job_id)
  SELECT s.seq, j.fire_at, 1, j.fire_at, j.created_at, j.id FROM jobs j JOIN schedules s ON s.id = j.schedule_id
  WHERE j.fire_at IS NOT NULL;

ALTER TABLE jobs ADD COLUMN late_ms INTEGER; -- how late the fire was made
ALTER TABLE jobs ADD COLUMN alone INTEGER NOT NULL DEFAULT 0; -- waits until no job of its schedule runs
CREATE INDEX jobs_active_of_schedule ON jobs (schedule_id, seq)
  WHERE schedule_id IS NOT NULL AND state IN ('PENDING', 'RUNNING');
