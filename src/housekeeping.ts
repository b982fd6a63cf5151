import nodeCron from 'node-cron';
import type { Clock } from './clock.ts';
import type { Settings } from './config/settings.ts';
import { toError } from './errors.ts';
import type { Outputs } from './jobs/outputs.ts';
import { removeOldFiles, removeOldJobs, removeStrayOutputs } from './jobs/retention.ts';
import type { Log } from './log.ts';
import type { Environments } from './projects/environments.ts';
import type { ProjectService } from './projects/project-service.ts';
import { removeOldFires } from './schedule/fires/retention.ts';
import type { Store } from './store/store.ts';

/** When the daemon looks for jobs that have been kept long enough. */
const RETENTION_CRON = '*/10 * * * * *';

/** When it looks for Python environments that nobody uses, and for the records of old fires; once at its start, too. */
const TIDY_CRON = '0 17 * * * *';

export interface HousekeepingOptions {
  store: Store;
  outputs: Outputs;
  projects: Pick<ProjectService, 'removeUnused'>;
  environments: Pick<Environments, 'tidy'>;
  keep: Settings['keep'];
  clock: Clock;
  log: Log;
  /** Old jobs were looked for, and removed. */
  onLooked: () => void;
}

/**
 * Removes what is not kept any longer, now and again; what fails is logged, and tried the next time.
 * @returns ends it
 */
export function keepHouse(options: HousekeepingOptions): () => Promise<void> {
  const { store, outputs, projects, environments, keep, clock, log, onLooked } = options;
  const removeOld = async () => {
    try {
      store.removeOverSchedules(keep.count);
      await removeOldJobs(store, outputs, keep, clock.now());
      if (keep.filesPerSpider !== undefined) await removeOldFiles(store, outputs, keep.filesPerSpider);
      await projects.removeUnused();
      onLooked();
    } catch (error) {
      log.error({ error: toError(error).message }, 'old jobs could not be removed');
    }
  };
  const attempt = async (failure: string, work: () => Promise<unknown>) => {
    try {
      await work();
    } catch (error) {
      log.warn({ error: toError(error).message }, failure);
    }
  };
  const tidy = async () => {
    await attempt('the records of old fires cannot be removed', () => removeOldFires(store));
    await attempt('unused Python environments cannot be removed', () =>
      environments.tidy(store.usedEnvironments()),
    );
  };
  const retention = nodeCron.schedule(RETENTION_CRON, removeOld, { noOverlap: true });
  void retention.execute();
  const tidying = nodeCron.schedule(TIDY_CRON, tidy, { noOverlap: true });
  void tidying.execute();
  void attempt('stray output files could not be removed', () => removeStrayOutputs(store, outputs));
  return async () => {
    await tidying.destroy();
    await retention.destroy();
  };
}
