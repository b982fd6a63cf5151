import type { Store } from '../store.ts';
import { Database } from './database.ts';
import { jobList } from './job-list.ts';
import { jobTable } from './job-table.ts';
import { projectTable } from './project-table.ts';
import { scheduleTable } from './schedule-table.ts';

/**
 * Opens the store in a SQLite file.
 * @throws UserError `unavailable` when a newer Orbweaver made the file
 */
export function openSqliteStore(path: string): Store {
  const db = new Database(path);
  return {
    ...projectTable(db),
    ...jobTable(db),
    ...jobList(db),
    ...scheduleTable(db),
    close() {
      db.close();
    },
  };
}
