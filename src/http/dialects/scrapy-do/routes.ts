import { hostname } from 'node:os';
import { Router, type Request, type RequestHandler, type Response } from 'express';
import { UserError } from '../../../errors.ts';
import type { JobWatch } from '../../../jobs/job-watch.ts';
import type { Outputs } from '../../../jobs/outputs.ts';
import type { CoreView } from '../../../access/core-view.ts';
import type { CoreOf } from '../../core-of.ts';
import type { Dialect } from '../dialect.ts';
import { readParams } from '../../params.ts';
import { timestamp } from '../../timestamp.ts';
import { uptime } from './formats.ts';
import { heldOf } from '../held.ts';
import { getLog } from './get-log.ts';
import { jobJson, scheduleJson } from './job-json.ts';
import { readJobRequest } from './job-request.ts';
import { readListQuery, sendJobList } from './list-jobs.ts';
import { OwnUsage } from './own-usage.ts';
import { answer, scrapyDoErrors, sendError } from './reply.ts';
import { readScheduleRules } from './schedule-rules.ts';

/** From SIGINT to SIGKILL, when a running job is canceled. */
const CANCEL_GRACE_MS = 10_000;

export interface ScrapyDoOptions {
  coreOf: CoreOf;
  outputs: Outputs;
  watch: JobWatch;
  /** Where archives arrive, and how large they may be once decoded. */
  uploads: { folder: string; maxBytes: number };
  /** Version of the daemon. */
  version: string;
  startedAt: number;
  /** The C library's two names of the local time zone: `CET; CEST`. */
  timezone: string;
  now: () => number;
}

/** The nine endpoints of Scrapy Do 0.5. */
export function scrapyDo(options: ScrapyDoOptions): Dialect {
  const { coreOf, uploads } = options;
  const router = Router({ caseSensitive: true, strict: true });
  const usage = new OwnUsage();

  type Handle = (core: CoreView, req: Request, res: Response) => Promise<object | null>;
  const get = (path: string, handle: Handle) => {
    const handler = answer((req, res) => handle(coreOf(req), req, res));
    router.route(path).get(handler).all(wrongMethod('GET, HEAD'));
  };
  const post = (path: string, handle: Handle) => {
    const handler = answer((req, res) => {
      const core = coreOf(req);
      core.requireChange(path);
      return handle(core, req, res);
    });
    router.route(path).post(handler).all(wrongMethod('POST'));
  };

  get('/status.json', ({ store }) => Promise.resolve(status(store, usage, options)));

  post('/push-project.json', async ({ projects }, req) => {
    await using params = await readParams(req, { uploads: { fields: ['archive'], ...uploads } });
    const file = params.file('archive');
    if (file === null) {
      throw new UserError(
        'invalid',
        'Missing parameter "archive": send the zipped project as a file (curl -F archive=@project.zip).',
      );
    }
    const { project, spiders } = await projects.push(file.path);
    return { name: project, spiders };
  });

  get('/list-projects.json', async ({ store }, req) => {
    await using _params = await readParams(req);
    const projects = store.currentVersions().map(({ project }) => project);
    return { projects, ...heldOf(store, projects) };
  });

  get('/list-spiders.json', async ({ projects }, req) => {
    await using params = await readParams(req);
    const { project, spiders } = projects.current(params.require('project'));
    return { project, spiders };
  });

  post('/schedule-job.json', async ({ schedules }, req) => {
    await using params = await readParams(req);
    const request = readJobRequest(params);
    const { id } = await schedules.submit({
      when: params.require('when'),
      rules: readScheduleRules(params),
      request,
    });
    return { identifier: id };
  });

  get('/list-jobs.json', async ({ store }, req, res) => {
    await using params = await readParams(req);
    const id = params.get('id');
    if (id === null && params.get('status') === null) {
      throw new UserError('invalid', 'Missing parameter: give "status" or "id".');
    }
    if (id === null) {
      await sendJobList(res, store, readListQuery(params));
      return null;
    }
    const job = store.job(id);
    const schedule = job === null ? store.schedule(id) : null;
    if (job === null && schedule === null) throw new UserError('not-found', `Unknown job "${id}".`);
    return { jobs: [...(job ? [jobJson(job)] : []), ...(schedule ? [scheduleJson(schedule)] : [])] };
  });

  post('/cancel-job.json', async ({ schedules, jobs }, req) => {
    await using params = await readParams(req);
    const id = params.require('id');
    if (!schedules.cancel(id)) await jobs.cancel(id, { signal: 'SIGINT', graceMs: CANCEL_GRACE_MS });
    return {};
  });

  post('/remove-project.json', async ({ projects, jobs }, req) => {
    await using params = await readParams(req);
    jobs.canceled(await projects.remove(params.require('name')));
    return {};
  });

  router.route('/get-log/:folder/:file').get(getLog(options)).all(wrongMethod('GET, HEAD'));

  return { router, errors: scrapyDoErrors, owns: () => true };
}

function status(
  store: CoreView['store'],
  usage: OwnUsage,
  { version, startedAt, timezone, now }: ScrapyDoOptions,
): object {
  const counts = store.counts();
  const versions = store.currentVersions();
  return {
    'memory-usage': usage.memory() / 1024 / 1024,
    'cpu-usage': usage.cpu(),
    time: timestamp(now()),
    timezone,
    hostname: hostname(),
    uptime: uptime(now() - startedAt),
    'jobs-run': counts.run,
    'jobs-successful': counts.successful,
    'jobs-failed': counts.failed,
    'jobs-canceled': counts.canceled,
    'jobs-scheduled': store.scheduleCount(),
    projects: versions.length,
    spiders: versions.reduce((sum, { spiders }) => sum + spiders.length, 0),
    'daemon-version': version,
  };
}

function wrongMethod(allowed: string): RequestHandler {
  return (req, res) => {
    res.setHeader('Allow', allowed);
    sendError(res, 405, `Method "${req.method}" is not allowed for "${req.path}": use ${allowed}.`);
  };
}
