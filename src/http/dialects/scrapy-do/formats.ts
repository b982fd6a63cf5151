import { execFile } from 'node:child_process';
import { platform } from 'node:os';
import { promisify } from 'node:util';

/** `1d 12m 24s`: parts that are zero are left out, except the seconds. */
export function uptime(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const parts: [number, string][] = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'm'],
  ];
  const shown = parts.filter(([count]) => count > 0).map(([count, unit]) => `${count}${unit} `);
  return `${shown.join('')}${seconds % 60}s`;
}

/**
 * The C library's two names of the local zone, standard time first: `CET; CEST`. Node knows other names
 * (`GMT+1`), so `date` is asked, for January and for July.
 * @param year any year of which the names are wanted
 */
export async function timezoneNames(year: number): Promise<string> {
  const [january, july] = [new Date(year, 0, 1), new Date(year, 6, 1)];
  const [winter, summer] = [january.getTimezoneOffset(), july.getTimezoneOffset()];
  if (winter === summer) {
    // Once: to run a program is a good part of a start.
    const name = await zoneName(january);
    return `${name}; ${name}`;
  }
  // The offset is positive west of Greenwich: standard time has the larger one.
  const standardFirst = winter > summer ? [january, july] : [july, january];
  return (await Promise.all(standardFirst.map(zoneName))).join('; ');
}

async function zoneName(at: Date): Promise<string> {
  const seconds = Math.floor(at.getTime() / 1000);
  const which = platform() === 'darwin' ? ['-r', String(seconds)] : ['-d', `@${seconds}`];
  try {
    const { stdout } = await promisify(execFile)('date', [...which, '+%Z']);
    return stdout.trim();
  } catch {
    // Hardly a system is without it; its user sees the zone's name as Node has it.
    return at.toLocaleTimeString('en', { timeZoneName: 'short' }).split(' ').at(-1) ?? 'UTC';
  }
}
