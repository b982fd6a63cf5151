import type { Request, RequestHandler, Response } from 'express';
import type { StoreView } from '../../../../access/store-view.ts';
import type { Job } from '../../../../jobs/job.ts';
import type { CoreOf } from '../../../core-of.ts';
import { forwardedPrefix } from '../../../forwarded-prefix.ts';
import { sendFileNow } from '../../../send-file-now.ts';
import { writeChunks } from '../../../write-chunks.ts';
import { ENDINGS, folderUrl, readFilePath, type FilePath } from './file-path.ts';
import { fileStats } from './file-stats.ts';
import { entriesOf, fileOf, type Entries, type Shelves } from './folders.ts';
import { LISTING_FOOT, listingHead, listingRow } from './listing-html.ts';
import { sendText } from './send-text.ts';

export interface FilesPageOptions extends Pick<Shelves, 'outputs'> {
  coreOf: CoreOf;
  /** The header by which a proxy says under which path it serves the daemon. */
  prefixHeader: string;
}

/**
 * Logs and items under `/logs/` and `/items/`. What is there is told from the store: a request names a job, and never
 * a file on the disk.
 */
export function filesPage(options: FilesPageOptions): RequestHandler {
  return async (req, res) => {
    const path = readFilePath(req.path);
    const shelves = { store: options.coreOf(req).store, outputs: options.outputs };
    const isFound =
      path !== null &&
      (path.names.length === 3 && !path.isFolder
        ? await sendJobFile(res, path, shelves)
        : await sendFolder(req, res, path, { ...shelves, prefixHeader: options.prefixHeader }));
    if (!isFound) sendText(res, 404, `There is nothing at "${req.path}".`);
  };
}

async function sendJobFile(
  res: Response,
  { tree, names }: FilePath,
  { store, outputs }: Shelves,
): Promise<boolean> {
  const job = jobOfFile(store, names, ENDINGS[tree]);
  if (job === null) return false;
  const path = fileOf(outputs, tree, job);
  if ((await fileStats(path)) === null) return false;
  res.setHeader('Content-Type', 'text/plain; charset=utf-8');
  await sendFileNow(res, path);
  return true;
}

function jobOfFile(store: StoreView, names: readonly string[], ending: string): Job | null {
  const [project = '', spider = '', file = ''] = names;
  return file.endsWith(ending) ? store.runByJobid(project, spider, file.slice(0, -ending.length)) : null;
}

async function sendFolder(
  req: Request,
  res: Response,
  { tree, names, isFolder }: FilePath,
  options: Shelves & { prefixHeader: string },
): Promise<boolean> {
  const entries = entriesOf(options, tree, names);
  if (entries === null) return false;
  if (!isFolder) {
    res.redirect(302, forwardedPrefix(req.headers, options.prefixHeader) + folderUrl(tree, names));
    return true;
  }
  res.setHeader('Content-Type', 'text/html; charset=utf-8');
  if (req.method === 'HEAD') res.end();
  else await writeChunks(res, listingText(`/${[tree, ...names, ''].join('/')}`, entries));
  return true;
}

async function* listingText(path: string, entries: Entries): AsyncGenerator<string> {
  yield listingHead(path);
  let count = 0;
  for await (const chunk of entries) {
    yield chunk.map((entry, index) => listingRow(entry, count + index)).join('');
    count += chunk.length;
  }
  yield LISTING_FOOT;
}
