-- Who may ask, what they did at last, and which projects rest.

CREATE TABLE keys (
  name TEXT PRIMARY KEY,
  hash TEXT NOT NULL UNIQUE, -- sha256:… of a generated key, $argon2id$… of a chosen one
  read_only INTEGER NOT NULL,
  projects TEXT, -- JSON array of names; NULL: all
  created_at INTEGER NOT NULL,
  last_used_at INTEGER
) STRICT, WITHOUT ROWID;

-- Pending jobs of a held project wait.
ALTER TABLE projects ADD COLUMN held INTEGER NOT NULL DEFAULT 0;
-- The first job of each project: a long queue of one that is held costs the others nothing.
CREATE INDEX jobs_queue_of_project ON jobs (project_id, priority DESC, seq) WHERE state = 'PENDING';

-- The totals for those who may see some projects only.
CREATE TABLE project_counters (
  project TEXT NOT NULL,
  name TEXT NOT NULL,
  value INTEGER NOT NULL,
  PRIMARY KEY (project, name)
) STRICT, WITHOUT ROWID;
INSERT INTO project_counters
  SELECT project, 'run', count(*) FROM jobs WHERE started_at IS NOT NULL GROUP BY project
  UNION ALL
  SELECT project, lower(state), count(*) FROM jobs
  WHERE started_at IS NOT NULL AND state IN ('SUCCESSFUL', 'FAILED', 'CANCELED') GROUP BY project, state;
