-- What clients of Scrapy Cloud keep with jobs, spiders and projects. SQLite changes no CHECK: the jobs move to a new table.

CREATE TEMP TABLE last_seq AS SELECT seq FROM sqlite_sequence WHERE name = 'jobs';

CREATE TABLE new_jobs (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  jobid TEXT NOT NULL,
  project_id INTEGER NOT NULL REFERENCES projects (id),
  spider_number INTEGER NOT NULL,
  number INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('PENDING', 'RUNNING', 'SUCCESSFUL', 'FAILED', 'CANCELED', 'DELETED')),
  actor TEXT NOT NULL CHECK (actor IN ('USER', 'SCHEDULER')),
  schedule_id TEXT,
  fire_at INTEGER,
  project TEXT NOT NULL,
  spider TEXT NOT NULL,
  priority REAL NOT NULL,
  request TEXT NOT NULL, -- JSON of the JobRequest
  tags TEXT NOT NULL DEFAULT '[]', -- JSON array of texts
  meta TEXT NOT NULL DEFAULT '{}', -- JSON of the Meta
  unique_key TEXT,
  external INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  started_at INTEGER,
  finished_at INTEGER,
  deleted_at INTEGER,
  actors TEXT NOT NULL DEFAULT '{}', -- JSON of the Actors
  version_id INTEGER,
  version_name TEXT, -- stays when the version is forgotten
  process TEXT, -- JSON of the ProcessIdentity
  stop TEXT, -- JSON of the Stop
  exit TEXT, -- JSON of the Exit
  close_reason TEXT,
  totals TEXT, -- JSON of the Totals
  output_bytes INTEGER NOT NULL DEFAULT 0,
  UNIQUE (project_id, spider_number, number)
) STRICT;

INSERT INTO new_jobs (seq, id, jobid, project_id, spider_number, number, state, actor, schedule_id, fire_at, project,
    spider, priority, request, created_at, changed_at, started_at, finished_at, version_id, version_name, process,
    stop, exit, close_reason, output_bytes)
  SELECT seq, id, jobid, project_id, spider_number, number, state, actor, schedule_id, fire_at, project,
    spider, priority, request, created_at, changed_at, started_at, finished_at, version_id,
    (SELECT name FROM versions WHERE id = jobs.version_id), process, stop, exit,
    CASE state WHEN 'SUCCESSFUL' THEN 'finished' WHEN 'FAILED' THEN 'failed' WHEN 'CANCELED' THEN 'cancelled' END,
    output_bytes
  FROM jobs;
DROP TABLE jobs;
ALTER TABLE new_jobs RENAME TO jobs;

-- A number that was given once is never given again.
DELETE FROM sqlite_sequence WHERE name = 'jobs';
INSERT INTO sqlite_sequence (name, seq) SELECT 'jobs', seq FROM last_seq;
DROP TABLE last_seq;

CREATE UNIQUE INDEX jobs_fire ON jobs (schedule_id, fire_at) WHERE schedule_id IS NOT NULL;
CREATE INDEX jobs_changed ON jobs (state, changed_at, seq);
CREATE INDEX jobs_changed_of_project ON jobs (project_id, state, changed_at, seq);
CREATE INDEX jobs_changed_of_spider ON jobs (project_id, spider_number, state, changed_at, seq);
CREATE INDEX jobs_queue ON jobs (priority DESC, seq) WHERE state = 'PENDING';
CREATE INDEX jobs_queue_of_project ON jobs (project_id, priority DESC, seq) WHERE state = 'PENDING';
CREATE INDEX jobs_active_version ON jobs (version_id) WHERE state = 'RUNNING';
CREATE INDEX jobs_finished ON jobs (finished_at, seq) WHERE finished_at IS NOT NULL;
CREATE INDEX jobs_jobid ON jobs (jobid, seq);
CREATE INDEX jobs_ended ON jobs (finished_at, seq)
  WHERE finished_at IS NOT NULL AND started_at IS NOT NULL AND state <> 'DELETED';
CREATE INDEX jobs_ended_of_project ON jobs (project, finished_at, seq)
  WHERE finished_at IS NOT NULL AND started_at IS NOT NULL AND state <> 'DELETED';
CREATE INDEX jobs_with_output ON jobs (project_id, spider_number, finished_at, seq)
  WHERE finished_at IS NOT NULL AND output_bytes > 0;
CREATE UNIQUE INDEX jobs_unique ON jobs (project_id, unique_key)
  WHERE unique_key IS NOT NULL AND state IN ('PENDING', 'RUNNING');
-- What happened in a project, the last first.
CREATE INDEX jobs_created_of_project ON jobs (project_id, created_at, seq);
CREATE INDEX jobs_started_of_project ON jobs (project_id, started_at, seq) WHERE started_at IS NOT NULL;
CREATE INDEX jobs_finished_of_project ON jobs (project_id, finished_at, seq) WHERE finished_at IS NOT NULL;
CREATE INDEX jobs_deleted_of_project ON jobs (project_id, deleted_at, seq) WHERE deleted_at IS NOT NULL;

ALTER TABLE spiders ADD COLUMN tags TEXT NOT NULL DEFAULT '[]'; -- JSON array of texts
ALTER TABLE projects ADD COLUMN settings TEXT NOT NULL DEFAULT '{}'; -- JSON object

-- What clients tell of a project.
CREATE TABLE activity (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  project_id INTEGER NOT NULL REFERENCES projects (id),
  at INTEGER NOT NULL,
  event TEXT NOT NULL -- JSON
) STRICT;
CREATE INDEX activity_of_project ON activity (project_id, at, seq);

-- Made when first needed.
CREATE TABLE secrets (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
