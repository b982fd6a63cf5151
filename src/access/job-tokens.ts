import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Job } from '../jobs/job.ts';
import type { JobStore } from '../jobs/job-store.ts';
import { accessOfJob, type Access } from './access.ts';

/** Keeps texts that only this daemon knows. */
export interface SecretStore {
  /** The one of that name, drawn when it is first asked for: 64 hex digits. */
  secret(name: string): string;
}

/** The tokens by which a job's own code gets at its records, for as long as the job runs. */
export class JobTokens {
  readonly #store: SecretStore & Pick<JobStore, 'jobByKey'>;

  constructor(store: SecretStore & Pick<JobStore, 'jobByKey'>) {
    this.#store = store;
  }

  /** The same each time for one job, 64 hex digits. */
  tokenOf({ key, id }: Pick<Job, 'key' | 'id'>): string {
    return createHmac('sha256', this.#store.secret('job-tokens')).update(`${key} ${id}`).digest('hex');
  }

  /** What a job's token opens: null for a wrong one, and for a job that does not run. */
  accessOf(key: string, token: string): Access | null {
    if (!/^\d+\/\d+\/\d+$/.test(key)) return null;
    const job = this.#store.jobByKey(key);
    if (job?.state !== 'RUNNING') return null;
    const [given, right] = [token, this.tokenOf(job)].map((text) => Buffer.from(text)) as [Buffer, Buffer];
    return given.length === right.length && timingSafeEqual(given, right) ? accessOfJob(job) : null;
  }
}
