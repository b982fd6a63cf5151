import {
  copyFileSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import {
  addJobs,
  addSchedules,
  addTotals,
  projectName,
  PROJECTS,
  spiderName,
  SPIDERS,
} from './history-rows.ts';

const CACHE = join(import.meta.dirname, '..', '..', '.cache', 'bench');
const MIGRATIONS = join(import.meta.dirname, '..', '..', 'src', 'store', 'sqlite', 'migrations');
/** Counts the jobs that are there. */
const COUNTS = join(MIGRATIONS, '008-counts-of-jobs.sql');
/** In a data folder. */
const DATABASE = 'orbweaver.db';
/** Changes with what `history-rows.ts` writes, so that older files are made anew. */
const EDITION = 1;

/** What there is of a data folder's past. */
export interface History {
  /** Finished jobs. */
  jobs: number;
  /** Schedules that are to fire; half of the jobs were made by them, if there are any. */
  schedules?: number;
  /** When each of them fires next, in milliseconds since the epoch; as a rule in a day. */
  nextFireAt?: (index: number) => number;
  /** Their specs, in turn; as a rule {@link SPECS}. */
  specs?: readonly string[];
}

export const SPECS = [
  'every 1 hours',
  'every 10 minutes',
  'every 1 days',
  'every monday at 08:00',
  '*/15 * * * *',
];

const DAY_MS = 86_400_000;

/**
 * Makes the database of a data folder that has none, as a year of work leaves it. Its projects have versions, but no
 * code, and its jobs no files: it is there to be read, and a job that starts fails. Made once for each number of jobs and
 * schedules, and copied from then on: 1,000,000 jobs are 1 GB and take less than a minute. To start a daemon on it give it
 * `--completed-cap`, without which all but 10,000 jobs are soon removed.
 */
export function putHistory(
  dataFolder: string,
  { jobs, schedules = 0, nextFireAt, specs = SPECS }: History,
): void {
  const cached = cachedHistory(jobs, schedules);
  mkdirSync(dataFolder, { recursive: true, mode: 0o700 });
  const path = join(dataFolder, DATABASE);
  copyFileSync(cached, path, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
  if (schedules === 0) return;
  const soon = Date.now() + DAY_MS;
  using db = new DatabaseSync(path);
  db.exec('PRAGMA synchronous = OFF; BEGIN');
  const update = db.prepare(
    'UPDATE schedules SET "when" = ?, anchor_at = ?, planned_at = ?, next_fire_at = ? WHERE seq = ?',
  );
  for (let index = 0; index < schedules; index++) {
    const at = nextFireAt?.(index) ?? soon + Math.floor((index / schedules) * DAY_MS);
    update.run(specs[index % specs.length] ?? '', at - DAY_MS, at, at, index + 1);
  }
  db.exec('COMMIT; PRAGMA wal_checkpoint(TRUNCATE)');
}

function cachedHistory(jobs: number, schedules: number): string {
  const schema = readdirSync(MIGRATIONS).length;
  const path = join(CACHE, `history-${EDITION}-schema-${schema}-jobs-${jobs}-schedules-${schedules}.db`);
  if (existsSync(path)) return path;
  mkdirSync(CACHE, { recursive: true });
  // A name of its own: two benchmarks may make it at once, and either may be stopped.
  const unfinished = `${path}.${process.pid}`;
  try {
    writeHistory(unfinished, jobs, schedules);
    renameSync(unfinished, path);
  } finally {
    for (const suffix of ['', '-wal', '-shm']) rmSync(unfinished + suffix, { force: true });
  }
  return path;
}

function writeHistory(path: string, jobs: number, schedules: number): void {
  const now = Date.now();
  const store = openSqliteStore(path);
  for (let index = 0; index < PROJECTS; index++) {
    store.addVersion({
      project: projectName(index),
      name: null,
      folder: `folder-${index + 1}`,
      root: '',
      settingsModule: 'project.settings',
      spiders: Array.from({ length: SPIDERS }, (_, spider) => spiderName(spider)),
      ...{ fork: null, copy: null, capture: null, environment: null },
      pushedAt: now - 366 * DAY_MS,
    });
  }
  store.close();
  using db = new DatabaseSync(path);
  db.exec(
    'PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -1000000; PRAGMA temp_store = MEMORY',
  );
  const made = (type: 'index' | 'trigger') =>
    db
      .prepare('SELECT name, sql FROM sqlite_schema WHERE type = ? AND tbl_name = ? AND sql IS NOT NULL')
      .all(type, 'jobs');
  const indexes = made('index');
  db.exec('BEGIN');
  // Sorting and counting all at the end is faster than row by row.
  for (const { name } of indexes) db.exec(`DROP INDEX ${String(name)}`);
  for (const { name } of made('trigger')) db.exec(`DROP TRIGGER ${String(name)}`);
  const ids = addSchedules(db, schedules, now);
  addJobs(db, { jobs, schedules: ids, now });
  for (const { sql } of indexes) db.exec(String(sql));
  addTotals(db);
  db.exec('DROP TABLE job_counts; DROP TABLE job_tags');
  db.exec(readFileSync(COUNTS, 'utf8'));
  db.exec('COMMIT; PRAGMA journal_mode = WAL');
}
