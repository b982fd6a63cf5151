import type { SecretStore } from '../access/job-tokens.ts';
import type { KeyStore } from '../access/key.ts';
import type { JobStore } from '../jobs/job-store.ts';
import type { ProjectStore } from '../projects/project.ts';
import type { ScheduleStore } from '../schedule/schedule-store.ts';

/** Everything that the daemon remembers. */
export interface Store extends ProjectStore, JobStore, ScheduleStore, KeyStore, SecretStore {
  close(): void;
}
