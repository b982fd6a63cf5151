-- What the Python environment of a version is to have, as JSON; null is the base environment.
ALTER TABLE versions ADD COLUMN environment TEXT;
