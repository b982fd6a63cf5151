import { Dispatcher } from '../../src/jobs/dispatcher.ts';
import { JobService } from '../../src/jobs/job-service.ts';
import { JobWatch } from '../../src/jobs/job-watch.ts';
import { RunEnds } from '../../src/jobs/run-ends.ts';
import type { OutputFiles } from '../../src/spiderhost/output-files.ts';
import type { Store } from '../../src/store/store.ts';
import type { FakeClock } from './fake-clock.ts';
import { FakeRunner } from './fake-runner.ts';
import { silentLog } from './silent-log.ts';

/** All that a daemon does with jobs, around a runner that starts no process. */
export function fakeJobs(of: { store: Store; clock: FakeClock; outputs: OutputFiles; slots: number }) {
  const { store, clock, outputs, slots } = of;
  const runner = new FakeRunner();
  const watch = new JobWatch();
  const ends: RunEnds = new RunEnds({
    ...{ store, runner: () => runner, outputs, clock, log: silentLog },
    onOver: (job) => {
      dispatcher.release(job.id);
    },
    onRecorded: (job) => {
      watch.announce(job);
    },
  });
  const dispatcher: Dispatcher = new Dispatcher({
    ...{ store, runner, outputs, ends, clock, log: silentLog, slots },
    environments: { ready: () => ({ folder: '/env' }), ensure: () => Promise.resolve() },
    defaults: {
      ...{ projectsFolder: '/projects', workFolder: '/runs', spiderDataFolder: '/data' },
      ...{ outputLimit: 1000, captureItems: true, access: () => ({}) },
    },
  });
  const jobs = new JobService({ store, dispatcher, ends, watch, slots, clock });
  return { runner, watch, ends, dispatcher, jobs };
}
