import type { Job } from './job.ts';

/** Tells those who wait for a job that it is over. */
export class JobWatch {
  readonly #listeners = new Map<string, Set<(job: Job) => void>>();

  /** Calls `listener` once, when the job reaches its final state. Returns what ends the wait. */
  onOver(jobId: string, listener: (job: Job) => void): () => void {
    const listeners = this.#listeners.get(jobId) ?? new Set();
    this.#listeners.set(jobId, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.#listeners.delete(jobId);
    };
  }

  /** Whether anybody waits for the job. */
  isAwaited(jobId: string): boolean {
    return this.#listeners.has(jobId);
  }

  /** The job is over; if it ran, that is on disk. */
  announce(job: Job): void {
    const listeners = this.#listeners.get(job.id) ?? [];
    this.#listeners.delete(job.id);
    for (const listener of listeners) listener(job);
  }
}
