import type { JobRequest } from '../../src/jobs/job.ts';
import { NO_RULES } from '../../src/schedule/schedule.ts';
import type { NewSchedule } from '../../src/schedule/schedule-store.ts';
import type { NewVersion } from '../../src/projects/project.ts';

/** A request as the specs make it. */
export function aRequest(changes: Partial<JobRequest> = {}): JobRequest {
  return {
    project: 'quotes',
    spider: 'css',
    description: '',
    payload: '{}',
    args: {},
    settings: {},
    cmdArgs: null,
    env: {},
    priority: 0,
    units: 1,
    fork: null,
    capture: null,
    version: null,
    tags: [],
    tellNames: false,
    ...changes,
  };
}

/** A version as the specs make it. */
export function aVersion(changes: Partial<NewVersion> = {}): NewVersion {
  return {
    project: 'quotes',
    name: null,
    folder: `folder-${Math.random()}`,
    root: '',
    settingsModule: 'quotes.settings',
    spiders: ['css', 'xpath'],
    fork: null,
    copy: null,
    capture: null,
    environment: null,
    pushedAt: 1,
    ...changes,
  };
}

/** A schedule as the specs make it. */
export function aSchedule(changes: Partial<NewSchedule> = {}): NewSchedule {
  return {
    when: 'every minute',
    rules: NO_RULES,
    request: aRequest(),
    next: { plannedAt: 500, dueAt: 500 },
    ...changes,
  };
}
