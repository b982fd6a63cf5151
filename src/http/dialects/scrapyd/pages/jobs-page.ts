import { createHash } from 'node:crypto';
import type { RequestHandler } from 'express';
import helmet from 'helmet';
import type { StoreView } from '../../../../access/store-view.ts';
import type { Job } from '../../../../jobs/job.ts';
import type { CoreOf } from '../../../core-of.ts';
import { forwardedPrefix } from '../../../forwarded-prefix.ts';
import { chunksOf, writeChunks } from '../../../write-chunks.ts';
import { filesOf } from './files-of.ts';
import type { Shelves } from './folders.ts';
import * as html from './jobs-html.ts';

export interface JobsPageOptions extends Pick<Shelves, 'outputs'> {
  coreOf: CoreOf;
  /** The header by which a proxy says under which path it serves the daemon. */
  prefixHeader: string;
  /** How many finished jobs are shown. */
  finishedToKeep: number;
  now: () => number;
}

/**
 * The app's policies, but for this page's one handler, and for its form: without a referrer a browser would send it with
 * `Origin: null`, as from nowhere, and it would be refused. Prefixes do not matter, for all of it is about origins.
 */
export const jobsPolicies: RequestHandler[] = [
  helmet.contentSecurityPolicy({
    directives: {
      formAction: ["'self'"],
      scriptSrc: ["'none'"],
      scriptSrcAttr: ["'unsafe-hashes'", `'sha256-${sha256(html.CONFIRM)}'`],
      upgradeInsecureRequests: null,
    },
  }),
  helmet.referrerPolicy({ policy: 'same-origin' }),
];

/** `/jobs`: what waits, what runs and what ended last, as of the moment of the request. */
export function jobsPage(options: JobsPageOptions): RequestHandler {
  return async (req, res) => {
    res.setHeader('Content-Type', 'text/html; charset=utf-8');
    if (req.method === 'HEAD') res.end();
    else
      await writeChunks(
        res,
        pageText(options.coreOf(req).store, options, forwardedPrefix(req.headers, options.prefixHeader)),
      );
  };
}

function* pageText(store: StoreView, options: JobsPageOptions, prefix: string): Generator<string> {
  const { outputs, finishedToKeep } = options;
  const now = options.now();
  // All at once: in between, a job could go from one group to another.
  const [queue, running, ended] = [store.queue(), store.running(), store.ended(finishedToKeep)];
  const withFiles = (jobs: readonly Job[], toRow: typeof html.runningRow) =>
    jobs.map((job) => toRow(job, { prefix, now, has: filesOf(outputs, job) })).join('');

  yield html.jobsHead(prefix) + html.groupHead('Pending');
  for (const refs of chunksOf(queue)) {
    yield store
      .jobs(refs)
      .map((job) => html.pendingRow(job, prefix))
      .join('');
  }
  yield html.GROUP_FOOT + html.groupHead('Running');
  yield withFiles(running, html.runningRow);
  yield html.GROUP_FOOT + html.groupHead('Finished');
  for (const refs of chunksOf(ended)) yield withFiles(store.jobs(refs), html.finishedRow);
  yield html.GROUP_FOOT + html.JOBS_FOOT;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('base64');
}
