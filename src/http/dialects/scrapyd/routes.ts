import { Router, type Request, type RequestHandler } from 'express';
import type { Outputs } from '../../../jobs/outputs.ts';
import { isFinal } from '../../../jobs/states.ts';
import type { CoreOf } from '../../core-of.ts';
import type { Dialect } from '../dialect.ts';
import { cancel } from './cancel.ts';
import { endpoint, type Handler } from './endpoint.ts';
import { listJobs } from './list-jobs.ts';
import { methodsOf, type EndpointPath } from './methods.ts';
import { pages } from './pages/pages.ts';
import { notFound, optional, required } from './parameters.ts';
import {
  addVersion,
  deleteProject,
  deleteVersion,
  listProjects,
  listSpiders,
  listVersions,
} from './projects.ts';
import { scrapydErrors } from './reply.ts';
import { schedule } from './schedule.ts';

export interface ScrapydOptions {
  coreOf: CoreOf;
  outputs: Outputs;
  /** Where eggs arrive, and how large they may be once decoded. */
  uploads: { folder: string; maxBytes: number };
  nodeName: string;
  /** How many finished jobs are listed. */
  finishedToKeep: number;
  /** Header by which a proxy tells the path that it serves this daemon under. */
  prefixHeader: string;
  now: () => number;
}

/** The eleven endpoints and the pages of scrapyd 1.6. */
export function scrapyd(options: ScrapydOptions): Dialect {
  const { nodeName, uploads } = options;
  const router = Router({ caseSensitive: true, strict: true });
  const serve = (path: EndpointPath, handle: Handler) => {
    const uploading = path === '/addversion.json' ? { fields: ['egg'], ...uploads } : undefined;
    router.all(path, unlessAnothers, endpoint(path, options, handle, uploading));
  };

  serve('/daemonstatus.json', daemonStatus(options));
  serve('/addversion.json', addVersion);
  serve('/schedule.json', schedule);
  serve('/status.json', status);
  serve('/cancel.json', cancel);
  serve('/listprojects.json', listProjects);
  serve('/listversions.json', listVersions);
  serve('/listspiders.json', listSpiders);
  serve('/listjobs.json', listJobs(options));
  serve('/delversion.json', deleteVersion);
  serve('/delproject.json', deleteProject);
  router.use(pages(options));

  return { router, errors: scrapydErrors(nodeName), owns };
}

/** Without `job` status.json is Scrapy Do's. */
function owns(req: Request): boolean {
  if (req.path === '/status.json') return req.method === 'OPTIONS' || /[?&]job=/.test(req.url);
  return methodsOf(req.path) !== null || /^\/(jobs$|(logs|items)(\/|$))/.test(req.path);
}

const unlessAnothers: RequestHandler = (req, _res, next) => {
  next(owns(req) ? undefined : 'route');
};

function daemonStatus({ finishedToKeep }: ScrapydOptions): Handler {
  return (_params, { store }) => ({
    pending: store.pendingCount(),
    running: store.running().length,
    finished: store.endedCount(finishedToKeep),
  });
}

const status: Handler = (params, { store }) => {
  const [jobid, project] = [required(params, 'job'), optional(params, 'project') ?? undefined];
  if (project !== undefined && store.currentVersion(project) === null) throw notFound('project', project);
  const job = store.jobByJobid(jobid, project);
  if (job === null) return { currstate: null };
  if (!isFinal(job.state)) return { currstate: job.state === 'PENDING' ? 'pending' : 'running' };
  // One that never ran has left the queue without a trace.
  return { currstate: job.startedAt === null ? null : 'finished' };
};
