import type { Row } from './row.ts';
import { burst } from './rows/burst.ts';
import { crawl } from './rows/crawl.ts';
import { dispatch } from './rows/dispatch.ts';
import { eventLoop } from './rows/event-loop.ts';
import { lists } from './rows/lists.ts';
import { logDownload } from './rows/log-download.ts';
import { logTail } from './rows/log-tail.ts';
import { memory } from './rows/memory.ts';
import { push } from './rows/push.ts';
import { scale } from './rows/scale.ts';
import { scheduleCalls } from './rows/schedule-calls.ts';
import { start } from './rows/start.ts';
import { wheel } from './rows/wheel.ts';

/** In the order of the table in `docs/benchmarks.md`. */
export const ROWS: readonly Row[] = [
  dispatch,
  burst,
  crawl,
  scheduleCalls,
  lists,
  eventLoop,
  wheel,
  start,
  logTail,
  logDownload,
  push,
  memory,
  scale,
];
