import { pino } from 'pino';
import type { Log } from '../log.ts';

/** Log lines that wait for a slow reader. */
const MAX_WAITING_BYTES = 1024 * 1024;

/**
 * The daemon's own log on stderr: readable lines where a person looks on, JSON lines where a program does.
 * @param isTerminal whether stderr is a terminal
 */
export function makeLog(isTerminal: boolean): Log {
  const options = { base: null, timestamp: pino.stdTimeFunctions.isoTime };
  // A reader that stalls loses lines; it must not hold up the daemon.
  if (!isTerminal)
    return pino(options, pino.destination({ fd: 2, sync: false, maxLength: MAX_WAITING_BYTES }));
  return pino(options, { write: (line) => void process.stderr.write(readable(line)) });
}

/** `12:30:05 job started  job=… pid=4711`, with WARN or ERROR in front where it is one. */
export function readable(line: string): string {
  const { level, time, msg, ...details } = JSON.parse(line) as { level: number; time: string; msg: string };
  const rank = level >= 50 ? 'ERROR ' : level >= 40 ? 'WARN ' : '';
  const clock = new Date(time).toTimeString().slice(0, 8);
  return `${clock} ${rank}${msg}  ${pairs(details).join(' ')}\n`;
}

/** `key=value`; what is null is left out, and what has keys of its own shows those. */
function pairs(details: object): string[] {
  return Object.entries(details).flatMap(([key, value]: [string, unknown]) => {
    if (value === null) return [];
    if (typeof value === 'object' && !Array.isArray(value)) return pairs(value);
    return `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`;
  });
}
