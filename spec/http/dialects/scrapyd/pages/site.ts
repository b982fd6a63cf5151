import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import express from 'express';
import type { CoreView } from '../../../../../src/access/core-view.ts';
import { pages } from '../../../../../src/http/dialects/scrapyd/pages/pages.ts';
import type { Job, JobRequest } from '../../../../../src/jobs/job.ts';
import { openSqliteStore } from '../../../../../src/store/sqlite/sqlite-store.ts';
import { send, type Sent } from '../../../../support/send.ts';
import { aRequest, aVersion } from '../../../../support/samples.ts';
import { serve, temporaryFolder } from '../../../serve.ts';

export interface SiteOptions {
  finishedToKeep?: number;
  now?: () => number;
}

/** The pages on a store and a folder of files of their own, and whatever follows them in the app. */
export async function aSite({ finishedToKeep = 100, now = Date.now }: SiteOptions = {}) {
  const folder = temporaryFolder();
  const database = join(folder.path, 'orbweaver.db');
  const store = openSqliteStore(database);
  const outputs = {
    paths: (id: string) => ({
      stdout: join(folder.path, `${id}.out`),
      stderr: join(folder.path, `${id}.err`),
      items: join(folder.path, `${id}.jl`),
      stats: join(folder.path, `${id}.json`),
      records: join(folder.path, id),
    }),
  };
  const app = express();
  app.use(
    pages({
      coreOf: () => ({ store }) as unknown as CoreView,
      outputs,
      prefixHeader: 'x-forwarded-prefix',
      finishedToKeep,
      now,
    }),
  );
  app.use((_req, res) => {
    res.status(404).send('nobody');
  });
  const server = await serve(app as Parameters<typeof serve>[0]);

  return {
    store,
    database,
    outputs,
    url: server.url,
    get: (path: string, sent?: Sent) => send(server.url, path, sent),
    /** A project with spiders, one version of it. */
    push(project: string, spiders: string[]): void {
      store.addVersion(aVersion({ project, spiders }));
    },
    /** A job that waits. */
    pending: (request: Partial<JobRequest> = {}, jobid?: string): Job =>
      store.addJob(
        { request: aRequest(request), actor: 'USER', ...(jobid === undefined ? {} : { jobid }) },
        1,
      ),
    running(job: Job, startedAt: number, pid = 4711): Job {
      store.changeState(job.id, 'RUNNING', { startedAt }, startedAt);
      store.setProcess(job.id, { pid, startTime: '1', bootId: 'boot' });
      return store.job(job.id)!;
    },
    over: (job: Job, finishedAt: number): Job =>
      store.changeState(job.id, 'SUCCESSFUL', { finishedAt }, finishedAt),
    /** A job that ran from one second after its beginning to the next, and left these files. */
    ran(job: Job, files: { log?: string; items?: string } = {}, at = 1000): Job {
      this.running(job, at);
      const ended = this.over(job, at + 1000);
      if (files.log !== undefined) writeFileSync(outputs.paths(job.id).stderr, files.log);
      if (files.items !== undefined) writeFileSync(outputs.paths(job.id).items, files.items);
      return ended;
    },
    /** That many jobs like another, straight into the database; what they are called, the oldest first. */
    copies({ id }: Job, count: number): { id: string; jobid: string }[] {
      const db = new DatabaseSync(database);
      db.prepare(
        `WITH RECURSIVE series (value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM series LIMIT ?)
         INSERT INTO jobs (id, jobid, project_id, spider_number, number, state, actor, project, spider, priority,
           request, created_at, changed_at, started_at, finished_at)
         SELECT 'id-' || value, 'job' || value, project_id, spider_number, number + value, state, actor, project,
           spider, priority, request, created_at, changed_at, started_at, finished_at
         FROM jobs, series WHERE jobs.id = ? ORDER BY value`,
      ).run(count, id);
      db.close();
      return Array.from({ length: count }, (_, index) => ({
        id: `id-${index + 1}`,
        jobid: `job${index + 1}`,
      }));
    },
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]();
      store.close();
      folder[Symbol.dispose]();
    },
  };
}

/** Names that would do harm, or get lost, where they are not encoded. */
export const HOSTILE_NAMES = [
  'a/b',
  '/etc/passwd',
  '//evil.example',
  '100%',
  '%2e%2e',
  '..',
  '.',
  'a b+c&d=e;f,g',
  'what?#',
  '"quoted" & \'single\'',
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  '</td></tr></table>',
  'javascript:alert(1)',
  "'; DROP TABLE jobs; --",
  'two\nlines',
  '{{7*7}} ${x} $& $1',
  'Spinne 🕷 é \u202e',
  'x'.repeat(1000),
];
