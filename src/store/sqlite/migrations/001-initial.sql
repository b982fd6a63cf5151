-- Times are milliseconds since the epoch.

-- A project keeps its row, and so its id, when it is removed: ids are never reused.
CREATE TABLE projects (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL UNIQUE,
  current_version INTEGER REFERENCES versions (id)
) STRICT;

CREATE TABLE versions (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  project_id INTEGER NOT NULL REFERENCES projects (id),
  folder TEXT NOT NULL UNIQUE,
  root TEXT NOT NULL,
  settings_module TEXT NOT NULL,
  spiders TEXT NOT NULL, -- JSON array of names
  fork INTEGER,
  copy INTEGER,
  capture INTEGER,
  pushed_at INTEGER NOT NULL
) STRICT;

-- Numbers of spiders and of their jobs, given once and for ever.
CREATE TABLE spiders (
  project_id INTEGER NOT NULL REFERENCES projects (id),
  number INTEGER NOT NULL,
  name TEXT NOT NULL,
  last_job INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (project_id, number),
  UNIQUE (project_id, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE schedules (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  state TEXT NOT NULL CHECK (state IN ('SCHEDULED', 'CANCELED')),
  "when" TEXT NOT NULL,
  zone TEXT,
  actor TEXT NOT NULL CHECK (actor IN ('USER', 'SCHEDULER')),
  project TEXT NOT NULL,
  spider TEXT NOT NULL,
  request TEXT NOT NULL, -- JSON of the JobRequest
  anchor_at INTEGER NOT NULL,
  next_fire_at INTEGER,
  created_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL
) STRICT;
CREATE INDEX schedules_changed ON schedules (state, changed_at, seq);

CREATE TABLE jobs (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  jobid TEXT NOT NULL,
  project_id INTEGER NOT NULL REFERENCES projects (id),
  spider_number INTEGER NOT NULL,
  number INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('PENDING', 'RUNNING', 'SUCCESSFUL', 'FAILED', 'CANCELED')),
  actor TEXT NOT NULL CHECK (actor IN ('USER', 'SCHEDULER')),
  schedule_id TEXT,
  fire_at INTEGER,
  project TEXT NOT NULL,
  spider TEXT NOT NULL,
  priority REAL NOT NULL,
  request TEXT NOT NULL, -- JSON of the JobRequest
  created_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  started_at INTEGER,
  finished_at INTEGER,
  version_id INTEGER,
  process TEXT, -- JSON of the ProcessIdentity
  stop TEXT, -- JSON of the Stop
  exit TEXT, -- JSON of the Exit
  output_bytes INTEGER NOT NULL DEFAULT 0,
  UNIQUE (project_id, spider_number, number)
) STRICT;
CREATE UNIQUE INDEX jobs_fire ON jobs (schedule_id, fire_at) WHERE schedule_id IS NOT NULL;
CREATE INDEX jobs_changed ON jobs (state, changed_at, seq);
CREATE INDEX jobs_queue ON jobs (priority DESC, seq) WHERE state = 'PENDING';
CREATE INDEX jobs_active_version ON jobs (version_id) WHERE state = 'RUNNING';
CREATE INDEX jobs_finished ON jobs (finished_at, seq) WHERE finished_at IS NOT NULL;

CREATE TABLE counters (
  name TEXT PRIMARY KEY,
  value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO counters VALUES ('run', 0), ('successful', 0), ('failed', 0), ('canceled', 0);
