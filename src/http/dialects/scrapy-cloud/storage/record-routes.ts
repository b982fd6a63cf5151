import { Router, type Request, type RequestHandler, type Response } from 'express';
import type { CoreView } from '../../../../access/core-view.ts';
import { UserError } from '../../../../errors.ts';
import { runsHere } from '../../../../jobs/stages.ts';
import type { Json } from '../../../../json-text.ts';
import type { Records } from '../../../../records/records.ts';
import type { ScrapyCloudOptions } from '../options.ts';
import { cloudErrors, sendJson, sendNothing } from '../reply.ts';
import { Query } from './query.ts';
import { readCsv } from './record-csv.ts';
import { formatAs } from './record-formats.ts';
import { readQuery } from './record-query.ts';
import { logLine, plainText } from './record-text.ts';
import { jobOf, jobsOf, targetOf, type Target } from './record-target.ts';
import { selectRecords } from './select-records.ts';
import { sendRecords } from './send-records.ts';
import { storeRecords } from './store-records.ts';

export type RecordRouteOptions = Pick<ScrapyCloudOptions, 'coreOf' | 'now'> & { records: Records };

/** What runs leave behind: items, log entries, requests and samples. */
export function recordRoutes(options: RecordRouteOptions): Router {
  const router = Router({ caseSensitive: true, strict: true });
  for (const kind of ['items', 'logs', 'requests', 'samples'] as const) {
    router
      .route(`/${kind}/:project{/:spider{/:job{/:number{/:field}}}}`)
      .all(onlyRecords)
      .get(read(options))
      .post(store(options))
      .all((_req, res) => {
        res.setHeader('Allow', 'GET, HEAD, POST');
        cloudErrors.send(res, 405, 'Records are read by GET and stored by POST.');
      });
  }
  return router;
}

/** scrapyd's files have paths that begin alike. */
const onlyRecords: RequestHandler = (req, _res, next) => {
  next(targetOf(req.path) === null ? 'route' : undefined);
};

function read({ coreOf, records }: RecordRouteOptions): RequestHandler {
  return async (req, res) => {
    const core = coreOf(req);
    const target = asked(req);
    const query = new Query(req);
    if (target.isStats) {
      sendJson(res, await statsOf(core, records, target, query.isSet('all')));
      return;
    }
    const asks = readQuery(query, req.headers.accept, target);
    const csv = asks.format === 'csv' ? readCsv(query, target.kind) : null;
    const textOf = target.kind === 'logs' ? logLine : plainText;
    const jobs = jobsOf(core, target, asks.job);
    nameFile(res, query.one('saveas') ?? '');
    await sendRecords(res, formatAs(asks.format, csv, textOf), selectRecords(records, jobs, target, asks));
  };
}

function store({ coreOf, records, now }: RecordRouteOptions): RequestHandler {
  return async (req, res) => {
    const core = coreOf(req);
    try {
      const target = asked(req);
      const job = jobOf(core, target);
      core.jobs.requireRecords(job);
      await storeRecords(req, records, job, target.kind, now);
    } catch (error) {
      if (error instanceof UserError && error.kind === 'not-found') core.recordFailure(req.path, error);
      throw error;
    }
    sendNothing(res);
  };
}

function asked(req: Request): Target {
  const target = targetOf(req.path);
  if (target === null) throw new Error(`"${req.path}" names no records.`);
  return target;
}

/** Totals of a job's records; names of fields that begin with `_` are hidden unless all are wanted. */
async function statsOf(core: CoreView, records: Records, target: Target, isAll: boolean): Promise<Json> {
  const [job] = jobsOf(core, target, null);
  if (job === undefined) return { counts: {}, totals: { input_bytes: 0, input_values: 0 } };
  const { count, bytes, counts } = await records.tally(job.id, target.kind, runsHere(job));
  const shown = [...counts].filter(([name]) => isAll || !name.startsWith('_'));
  return { counts: Object.fromEntries(shown), totals: { input_bytes: bytes, input_values: count } };
}

/** The name under which a browser keeps the answer. */
function nameFile(res: Response, name: string): void {
  if (name !== '') res.attachment(name);
}
