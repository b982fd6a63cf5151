-- Several versions of a project at once, each with a name, and jobs that are found by the names that clients gave them.

ALTER TABLE versions ADD COLUMN name TEXT NOT NULL DEFAULT '';
-- Whether whoever pushed it chose the name.
ALTER TABLE versions ADD COLUMN named INTEGER NOT NULL DEFAULT 0;
-- A version that was removed or replaced stays until no job runs it.
ALTER TABLE versions ADD COLUMN removed INTEGER NOT NULL DEFAULT 0;
UPDATE versions SET
  name = CAST(pushed_at / 1000 AS TEXT),
  removed = NOT EXISTS (SELECT 1 FROM projects WHERE current_version = versions.id);
CREATE UNIQUE INDEX versions_name ON versions (project_id, name) WHERE removed = 0;

CREATE INDEX jobs_jobid ON jobs (jobid, seq);
CREATE INDEX jobs_ended ON jobs (finished_at, seq) WHERE finished_at IS NOT NULL AND started_at IS NOT NULL;
CREATE INDEX jobs_ended_of_project ON jobs (project, finished_at, seq)
  WHERE finished_at IS NOT NULL AND started_at IS NOT NULL;
CREATE INDEX jobs_with_output ON jobs (project_id, spider_number, finished_at, seq)
  WHERE finished_at IS NOT NULL AND output_bytes > 0;
