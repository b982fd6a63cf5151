import type { StoreView } from '../../../../access/store-view.ts';
import type { Job } from '../../../../jobs/job.ts';
import type { Outputs } from '../../../../jobs/outputs.ts';
import { chunksOf, CHUNK_ROWS } from '../../../write-chunks.ts';
import { fileStats } from './file-stats.ts';
import { ENDINGS, type Tree } from './file-path.ts';
import type { Entry } from './listing-html.ts';

/** What a listing is made from. */
export interface Shelves {
  store: StoreView;
  outputs: Pick<Outputs, 'paths'>;
}

/** The rows of a listing, a piece for each turn of the event loop. */
export type Entries = Iterable<Entry[]> | AsyncIterable<Entry[]>;

/**
 * What is in a folder: the projects with runs, a project's spiders with runs, or a spider's files, the newest first.
 * Folders are the same in both trees. Null when there is no such folder.
 * @param names of the project and the spider, as many as there are
 */
export function entriesOf({ store, outputs }: Shelves, tree: Tree, names: readonly string[]): Entries | null {
  const [project, spider, ...more] = names;
  if (project === undefined) {
    const running = store.running();
    return folders(store.projectsWithRuns(), (name) => [
      ...store.jobs(store.ended(1, name)),
      ...running.filter((job) => job.project === name),
    ]);
  }
  if (spider === undefined) {
    const spiders = store.spidersWithRuns(project);
    return spiders.length === 0
      ? null
      : folders(spiders, (name) => store.runsOfSpider(project, name, { limit: 1 }));
  }
  const isThere = more.length === 0 && store.runsOfSpider(project, spider, { limit: 1 }).length > 0;
  return isThere ? files({ store, outputs }, tree, project, spider) : null;
}

/** Where a job's file of a tree is. */
export function fileOf(outputs: Shelves['outputs'], tree: Tree, job: Job): string {
  const { stderr, items } = outputs.paths(job.id);
  return tree === 'logs' ? stderr : items;
}

/** A folder changed when the last of its runs began or ended. */
function* folders(names: readonly string[], lastRuns: (name: string) => Job[]): Generator<Entry[]> {
  for (const chunk of chunksOf(names)) {
    yield chunk.flatMap((name) => {
      const times = lastRuns(name).map((job) => job.finishedAt ?? job.startedAt ?? job.changedAt);
      return times.length === 0 ? [] : [{ name, size: null, modifiedAt: Math.max(...times) }];
    });
  }
}

async function* files(
  { store, outputs }: Shelves,
  tree: Tree,
  project: string,
  spider: string,
): AsyncGenerator<Entry[]> {
  const page = (after?: Job) =>
    store.runsOfSpider(project, spider, { limit: CHUNK_ROWS, ...(after === undefined ? {} : { after }) });
  for (let jobs = page(); jobs.length > 0; jobs = page(jobs.at(-1))) {
    const found = await Promise.all(
      jobs.map(async (job) => {
        const stats = await fileStats(fileOf(outputs, tree, job));
        if (stats === null) return [];
        return [{ name: job.jobid + ENDINGS[tree], size: stats.size, modifiedAt: stats.mtimeMs }];
      }),
    );
    yield found.flat();
  }
}
