import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestDaemon } from './daemon.ts';

/** Jobs of the project `trouble` in every state that there is, by their identifiers. */
export interface EveryState {
  successful: string;
  failed: string;
  /** Canceled while it ran. */
  canceled: string;
  /** Canceled before it ran. */
  canceledPending: string;
  canceledSchedule: string;
  scheduled: string;
  running: string;
  pending: string;
  /** Lets the running job end well, and so the pending one start. */
  release(): void;
}

/** Makes them, in this order and started both ways, on a daemon with one job slot. */
export async function makeEveryState(daemon: TestDaemon): Promise<EveryState> {
  const gate = join(daemon.data, 'release');
  const waiting = () => daemon.schedule({ spider: 'lines', count: '2', pause: '0', gate });
  const cancel = (id: string) => daemon.post('/cancel-job.json', { id });
  await daemon.pushProject('trouble');

  const successful = await daemon.schedule({ spider: 'fine' });
  await daemon.over(successful);
  const failed = await daemon.schedule({ spider: 'failing', fork: 'no' });
  await daemon.over(failed);
  const canceled = await daemon.schedule({
    spider: 'crawling',
    fork: 'no',
    url: `${daemon.url}/status.json`,
  });
  await daemon.seen(canceled, 'out', 'page');
  const canceledPending = await daemon.schedule({ spider: 'silent' });
  await cancel(canceledPending);
  await cancel(canceled);
  const canceledSchedule = await daemon.schedule({ spider: 'fine', when: 'every 2 weeks' });
  await cancel(canceledSchedule);
  const running = await waiting();
  await daemon.seen(running, 'out', 'line 1');
  const pending = await daemon.schedule({ spider: 'silent', description: 'waits', payload: '{"n": 1}' });
  const scheduled = await daemon.schedule({ spider: 'fine', when: ' Every  Monday at 9:05 ' });
  return {
    ...{ successful, failed, canceled, canceledPending, canceledSchedule, running, pending, scheduled },
    release: () => {
      writeFileSync(gate, '');
    },
  };
}
