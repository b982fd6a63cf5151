import { Router, type RequestHandler } from 'express';
import type { ScrapyCloudOptions } from '../options.ts';
import { cloudErrors } from '../reply.ts';
import { activity } from './activity.ts';
import { jobMetadata } from './job-metadata.ts';
import { lastJobs } from './last-jobs.ts';
import { projectData } from './project-data.ts';
import { queueLists } from './queue-lists.ts';
import { queueMoves } from './queue-moves.ts';
import { queuePush } from './queue-push.ts';
import { recordRoutes } from './record-routes.ts';

/** The storage: queue, metadata, and what runs leave. */
export function storageRoutes(options: ScrapyCloudOptions): Router {
  const router = Router({ caseSensitive: true, strict: true });
  queueLists(router, options);
  queuePush(router, options);
  queueMoves(router, options);
  jobMetadata(router, options);
  lastJobs(router, options);
  projectData(router, options);
  activity(router, options);
  router.use(recordRoutes(options));
  router.use(nothingElse);
  return router;
}

/** Collections, frontiers and the like are not there; nobody else answers below these paths. */
const nothingElse: RequestHandler = (req, res) => {
  cloudErrors.send(res, 404, `There is nothing at "${req.baseUrl}${req.path}".`);
};
