import { timestamp } from '../../../timestamp.ts';

const UNITS = ['B', 'K', 'M', 'G'];

/** `2012-09-12 10:14:03`: local time. */
export function toTheSecond(ms: number): string {
  return timestamp(ms).slice(0, 19);
}

/** `2012-09-12 10:14`: local time. */
export function toTheMinute(ms: number): string {
  return timestamp(ms).slice(0, 16);
}

/** `1 day, 2:00:05`: whole seconds as Python prints a timedelta; nothing less than none, which a set clock can make. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const days = Math.floor(seconds / 86_400);
  const [minute, second] = [Math.floor(seconds / 60) % 60, seconds % 60].map((part) =>
    String(part).padStart(2, '0'),
  );
  const clock = `${Math.floor(seconds / 3600) % 24}:${minute}:${second}`;
  return days === 0 ? clock : `${days} day${days === 1 ? '' : 's'}, ${clock}`;
}

/** `1023B`, `1K`, `5M`: in the largest unit of which there is one, rounded down. */
export function fileSize(bytes: number): string {
  let [size, unit] = [bytes, 0];
  while (size >= 1024 && unit < UNITS.length - 1) {
    size /= 1024;
    unit += 1;
  }
  return `${Math.floor(size)}${UNITS[unit]}`;
}
