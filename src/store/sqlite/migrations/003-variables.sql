-- Environment variables that runs of a project get, by its name: it may have some before it is pushed. The spider ''
-- stands for all; those of a single spider go over them.
CREATE TABLE variables (
  project TEXT NOT NULL,
  spider TEXT NOT NULL,
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  -- Whether the value is never shown; the same wherever the project has the name.
  secret INTEGER NOT NULL,
  PRIMARY KEY (project, spider, name)
) STRICT, WITHOUT ROWID;
