import type { JobStore } from '../jobs/job-store.ts';
import type { ProjectStore } from '../projects/project.ts';
import type { ScheduleBook } from '../schedule/schedule-service.ts';

/** Everything that the daemon remembers. */
export interface Store extends ProjectStore, JobStore, ScheduleBook {
  close(): void;
}
