-- The queue is read project by project, along jobs_queue_of_project.
DROP INDEX jobs_queue;
