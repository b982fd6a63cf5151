-- How many jobs are over, so that nobody has to count them, and the jobs of each tag. Triggers keep both, whatever changes jobs.

CREATE TABLE job_counts (
  project_id INTEGER NOT NULL, -- 0: of all projects
  spider_number INTEGER NOT NULL, -- 0: of all spiders
  tag TEXT NOT NULL, -- '': whatever their tags
  day INTEGER NOT NULL, -- of their last change, counted from the epoch
  state TEXT NOT NULL, -- that of jobs which are over
  jobs INTEGER NOT NULL,
  bytes INTEGER NOT NULL, -- of their logs and items; 0 for a tag
  PRIMARY KEY (project_id, spider_number, tag, day, state)
) STRICT, WITHOUT ROWID;

CREATE TABLE job_tags (
  project_id INTEGER NOT NULL,
  tag TEXT NOT NULL,
  state TEXT NOT NULL,
  changed_at INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  spider_number INTEGER NOT NULL,
  PRIMARY KEY (project_id, tag, state, changed_at, seq)
) STRICT, WITHOUT ROWID;

INSERT INTO job_counts
  SELECT project_id, spider_number, '', changed_at / 86400000, state, count(*), sum(output_bytes) FROM jobs
  WHERE state NOT IN ('PENDING', 'RUNNING') GROUP BY 1, 2, 4, 5;
INSERT INTO job_counts
  SELECT project_id, 0, '', day, state, sum(jobs), sum(bytes) FROM job_counts GROUP BY 1, 4, 5;
INSERT INTO job_counts
  SELECT 0, 0, '', day, state, sum(jobs), sum(bytes) FROM job_counts WHERE spider_number = 0 GROUP BY 4, 5;
INSERT INTO job_tags
  SELECT DISTINCT j.project_id, t.value, j.state, j.changed_at, j.seq, j.spider_number FROM jobs j, json_each(j.tags) t
  WHERE j.tags <> '[]';
INSERT INTO job_counts
  SELECT project_id, 0, tag, changed_at / 86400000, state, count(*), 0 FROM job_tags
  WHERE state NOT IN ('PENDING', 'RUNNING') GROUP BY 1, 3, 4, 5;

CREATE TRIGGER jobs_counted_at_once AFTER INSERT ON jobs
WHEN NEW.state NOT IN ('PENDING', 'RUNNING') BEGIN
  INSERT INTO job_counts VALUES
    (0, 0, '', NEW.changed_at / 86400000, NEW.state, 1, NEW.output_bytes),
    (NEW.project_id, 0, '', NEW.changed_at / 86400000, NEW.state, 1, NEW.output_bytes),
    (NEW.project_id, NEW.spider_number, '', NEW.changed_at / 86400000, NEW.state, 1, NEW.output_bytes)
  ON CONFLICT DO UPDATE SET jobs = jobs + 1, bytes = bytes + excluded.bytes;
END;

CREATE TRIGGER jobs_counted AFTER UPDATE OF state, changed_at, output_bytes ON jobs
WHEN NEW.state NOT IN ('PENDING', 'RUNNING') BEGIN
  INSERT INTO job_counts VALUES
    (0, 0, '', NEW.changed_at / 86400000, NEW.state, 1, NEW.output_bytes),
    (NEW.project_id, 0, '', NEW.changed_at / 86400000, NEW.state, 1, NEW.output_bytes),
    (NEW.project_id, NEW.spider_number, '', NEW.changed_at / 86400000, NEW.state, 1, NEW.output_bytes)
  ON CONFLICT DO UPDATE SET jobs = jobs + 1, bytes = bytes + excluded.bytes;
END;

CREATE TRIGGER jobs_uncounted AFTER UPDATE OF state, changed_at, output_bytes ON jobs
WHEN OLD.state NOT IN ('PENDING', 'RUNNING') BEGIN
  UPDATE job_counts SET jobs = jobs - 1, bytes = bytes - OLD.output_bytes
  WHERE project_id IN (0, OLD.project_id) AND spider_number IN (0, OLD.spider_number) AND tag = ''
    AND day = OLD.changed_at / 86400000 AND state = OLD.state;
  DELETE FROM job_counts
  WHERE project_id IN (0, OLD.project_id) AND spider_number IN (0, OLD.spider_number) AND tag = ''
    AND day = OLD.changed_at / 86400000 AND state = OLD.state AND jobs = 0;
END;

CREATE TRIGGER jobs_removed AFTER DELETE ON jobs
WHEN OLD.state NOT IN ('PENDING', 'RUNNING') BEGIN
  UPDATE job_counts SET jobs = jobs - 1, bytes = bytes - OLD.output_bytes
  WHERE project_id IN (0, OLD.project_id) AND spider_number IN (0, OLD.spider_number) AND tag = ''
    AND day = OLD.changed_at / 86400000 AND state = OLD.state;
  DELETE FROM job_counts
  WHERE project_id IN (0, OLD.project_id) AND spider_number IN (0, OLD.spider_number) AND tag = ''
    AND day = OLD.changed_at / 86400000 AND state = OLD.state AND jobs = 0;
END;

CREATE TRIGGER jobs_tagged AFTER INSERT ON jobs WHEN NEW.tags <> '[]' BEGIN
  INSERT INTO job_tags
    SELECT DISTINCT NEW.project_id, value, NEW.state, NEW.changed_at, NEW.seq, NEW.spider_number FROM json_each(NEW.tags);
END;

CREATE TRIGGER jobs_retagged AFTER UPDATE OF state, changed_at, tags ON jobs
WHEN OLD.tags <> '[]' OR NEW.tags <> '[]' BEGIN
  DELETE FROM job_tags
  WHERE project_id = OLD.project_id AND tag IN (SELECT value FROM json_each(OLD.tags)) AND state = OLD.state
    AND changed_at = OLD.changed_at AND seq = OLD.seq;
  INSERT INTO job_tags
    SELECT DISTINCT NEW.project_id, value, NEW.state, NEW.changed_at, NEW.seq, NEW.spider_number FROM json_each(NEW.tags);
END;

CREATE TRIGGER jobs_untagged AFTER DELETE ON jobs WHEN OLD.tags <> '[]' BEGIN
  DELETE FROM job_tags
  WHERE project_id = OLD.project_id AND tag IN (SELECT value FROM json_each(OLD.tags)) AND state = OLD.state
    AND changed_at = OLD.changed_at AND seq = OLD.seq;
END;

CREATE TRIGGER tags_counted AFTER INSERT ON job_tags WHEN NEW.state NOT IN ('PENDING', 'RUNNING') BEGIN
  INSERT INTO job_counts VALUES (NEW.project_id, 0, NEW.tag, NEW.changed_at / 86400000, NEW.state, 1, 0)
  ON CONFLICT DO UPDATE SET jobs = jobs + 1;
END;

CREATE TRIGGER tags_uncounted AFTER DELETE ON job_tags WHEN OLD.state NOT IN ('PENDING', 'RUNNING') BEGIN
  UPDATE job_counts SET jobs = jobs - 1
  WHERE project_id = OLD.project_id AND spider_number = 0 AND tag = OLD.tag AND day = OLD.changed_at / 86400000
    AND state = OLD.state;
  DELETE FROM job_counts
  WHERE project_id = OLD.project_id AND spider_number = 0 AND tag = OLD.tag AND day = OLD.changed_at / 86400000
    AND state = OLD.state AND jobs = 0;
END;
