/** Wrong ones that cost nothing: people mistype. */
const FREE = 10;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 4000;
/** Attempts that would have to wait longer are refused at once. */
const LONGEST_WAIT_MS = 10_000;
const FORGOTTEN_AFTER_MS = 10 * 60_000;
const MOST_ADDRESSES = 10_000;

interface Failures {
  count: number;
  lastAt: number;
  /** When the next attempt may be made. */
  nextAt: number;
}

/**
 * Slows down the guessing of passwords: after ten wrong ones from an address each further attempt waits its turn, four
 * seconds after the last one in the end. The table is bounded; of too many addresses the one that failed longest ago is
 * forgotten. Times are milliseconds since the epoch.
 */
export class Attempts {
  readonly #failures = new Map<string, Failures>();

  /** Books an attempt. Gives the milliseconds that it has to wait, or null when too many wait already. */
  book(address: string, now: number): number | null {
    const failures = this.#failures.get(networkOf(address));
    if (failures === undefined || isForgotten(failures, now)) return 0;
    const pause = pauseAfter(failures.count);
    if (pause === 0) return 0;
    const at = Math.max(now, failures.nextAt);
    if (at - now > LONGEST_WAIT_MS) return null;
    failures.nextAt = at + pause;
    return at - now;
  }

  /** An attempt that was booked was right: those after it do not wait for it. */
  right(address: string): void {
    const failures = this.#failures.get(networkOf(address));
    if (failures !== undefined) failures.nextAt -= pauseAfter(failures.count);
  }

  /** An attempt was wrong. */
  failed(address: string, now: number): void {
    const network = networkOf(address);
    const before = this.#failures.get(network);
    // Last in the order of the map: it failed last.
    this.#failures.delete(network);
    const count = before === undefined || isForgotten(before, now) ? 1 : before.count + 1;
    const nextAt = Math.max(before?.nextAt ?? 0, now + pauseAfter(count));
    this.#failures.set(network, { count, lastAt: now, nextAt });
    const [oldest] = this.#failures.keys();
    if (this.#failures.size > MOST_ADDRESSES && oldest !== undefined) this.#failures.delete(oldest);
  }
}

function isForgotten({ lastAt }: Failures, now: number): boolean {
  // A clock that was set back must not keep anybody out for long.
  return Math.abs(now - lastAt) > FORGOTTEN_AFTER_MS;
}

function pauseAfter(count: number): number {
  return count < FREE ? 0 : Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(10, count - FREE));
}

/** One host has all of a /64 in IPv6. */
function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  if (!address.includes(':')) return address;
  const [head = '', tail] = address.replace(/%.*/, '').split('::', 2);
  const groups = head.split(':').filter((group) => group !== '');
  const after = tail === undefined ? [] : tail.split(':').filter((group) => group !== '');
  const zeros = tail === undefined ? 0 : 8 - groups.length - after.length;
  return [...groups, ...Array<string>(Math.max(0, zeros)).fill('0'), ...after].slice(0, 4).join(':');
}
