import type { Store } from '../store.ts';
import { Database } from './database.ts';
import { fireTable } from './fire-table.ts';
import { jobList } from './job-list.ts';
import { jobSearch } from './job-search.ts';
import { jobTable } from './job-table.ts';
import { runList } from './run-list.ts';
import { keyTable } from './key-table.ts';
import { projectTable } from './project-table.ts';
import { scheduleTable } from './schedule-table.ts';
import { secretTable } from './secret-table.ts';
import { SharedCommits } from './shared-commits.ts';

/**
 * Opens the store in a SQLite file.
 * @throws UserError `unavailable` when a newer Orbweaver made the file
 */
export function openSqliteStore(path: string): Store {
  const db = new Database(path);
  const commits = new SharedCommits(db);
  return {
    ...projectTable(db),
    ...jobTable(db),
    ...jobList(db),
    ...runList(db),
    ...jobSearch(db),
    ...secretTable(db),
    ...scheduleTable(db),
    ...fireTable(db),
    ...keyTable(db),
    together: (work) => db.transaction(work),
    unsynced: (work) => db.unsynced(work),
    sync: () => db.sync(),
    shared: (work) => commits.run(work),
    afterCommit: (act) => {
      db.afterCommit(act);
    },
    close() {
      db.close();
    },
  };
}
