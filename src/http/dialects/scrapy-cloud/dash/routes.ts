import { Router } from 'express';
import type { ScrapyCloudOptions } from '../options.ts';
import { deleteJobs, stopJobs, updateJobs } from './change-jobs.ts';
import { addVersion, deployUploads } from './deploy.ts';
import { changing, reading, wrongMethod, type Handler } from './endpoint.ts';
import { countJobs, listJobs } from './list-jobs.ts';
import { listProjects, listSpiders, me } from './projects.ts';
import { items, log } from './records.ts';
import { run } from './run.ts';
import { getSpider, patchTags } from './spider-tags.ts';

/** The API of the dashboard, below `/api`. */
export function dashRoutes(options: ScrapyCloudOptions): Router {
  const { coreOf, uploads, records } = options;
  const router = Router({ caseSensitive: true, strict: true });
  const read = (path: string, handle: Handler) => {
    router.route(path).get(reading(coreOf, handle)).all(wrongMethod('GET, HEAD'));
  };
  const change = (path: string, handle: Handler, files?: ReturnType<typeof deployUploads>) => {
    router
      .route(path)
      .post(changing(coreOf, handle, files))
      .all(wrongMethod('POST'));
  };

  change('/run.json', run);
  change('/schedule.json', run);
  read('/jobs/list.json', listJobs(options, 'json'));
  read('/jobs/list.jl', listJobs(options, 'jl'));
  read('/jobs/count.json', countJobs);
  change('/jobs/update.json', updateJobs);
  change('/jobs/stop.json', stopJobs);
  change('/jobs/delete.json', deleteJobs);
  read('/scrapyd/listprojects.json', listProjects);
  read('/spiders/list.json', listSpiders);
  for (const format of ['jl', 'json', 'csv'] as const) read(`/items.${format}`, items(records, format));
  read('/log.jl', log(records, 'jl'));
  read('/log.json', log(records, 'json'));
  read('/log.txt', log(records, 'text'));
  change('/scrapyd/addversion.json', addVersion, deployUploads(uploads));
  read('/v2/users/me', me);
  router.route('/v2/projects/:project/spiders/:spider').get(getSpider(coreOf)).all(wrongMethod('GET, HEAD'));
  router
    .route('/v2/projects/:project/spiders/:spider/tags')
    .patch(patchTags(coreOf))
    .all(wrongMethod('PATCH'));

  return router;
}
