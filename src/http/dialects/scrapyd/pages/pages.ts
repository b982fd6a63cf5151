import { Router, type RequestHandler } from 'express';
import { isStoragePath, readFilePath } from './file-path.ts';
import { filesPage, type FilesPageOptions } from './files-page.ts';
import { jobsPage, jobsPolicies, type JobsPageOptions } from './jobs-page.ts';
import { sendText } from './send-text.ts';

export type PagesOptions = JobsPageOptions & FilesPageOptions;

/**
 * scrapyd's pages for people, which dashboards and scripts read too: `/jobs`, and the files under `/logs/` and
 * `/items/`. Paths under these that are only numbers, as Scrapy Cloud's are, go to whoever comes next.
 */
export function pages(options: PagesOptions): Router {
  const router = Router({ caseSensitive: true, strict: true });
  router.route('/jobs').get(jobsPolicies, jobsPage(options)).all(wrongMethod);
  const filePaths = router.route(/^\/(?:logs|items)(?:\/|$)/);
  filePaths.all(storageGoesOn).get(filesPage(options)).all(wrongMethod);
  return router;
}

const storageGoesOn: RequestHandler = (req, _res, next) => {
  const path = readFilePath(req.path);
  next(path !== null && isStoragePath(path) ? 'route' : undefined);
};

const wrongMethod: RequestHandler = (req, res) => {
  res.setHeader('Allow', 'GET, HEAD');
  sendText(res, 405, `Method "${req.method}" is not allowed for "${req.path}": use GET, HEAD.`);
};
