/** What this process takes of the machine. */
export class OwnUsage {
  #at = performance.now();
  #cpuUs = cpuUs();

  /** Bytes that are resident. */
  memory(): number {
    return process.memoryUsage.rss();
  }

  /** Percent of one core, since it was asked for last. */
  cpu(): number {
    const [at, used] = [performance.now(), cpuUs()];
    // Two may ask in the same moment.
    const percent = (100 * (used - this.#cpuUs)) / (1000 * Math.max(at - this.#at, 1));
    [this.#at, this.#cpuUs] = [at, used];
    return percent;
  }
}

function cpuUs(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}
