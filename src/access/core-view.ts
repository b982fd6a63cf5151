import { UserError } from '../errors.ts';
import type { JobService } from '../jobs/job-service.ts';
import type { JobStore } from '../jobs/job-store.ts';
import type { ProjectStore } from '../projects/project.ts';
import type { ProjectService } from '../projects/project-service.ts';
import type { ScheduleService } from '../schedule/schedule-service.ts';
import type { ScheduleStore } from '../schedule/schedule-store.ts';
import { sees, type Access } from './access.ts';
import { makeChange, type Recorder } from './changes.ts';
import { storeView, type StoreView } from './store-view.ts';

/** All of the core. */
export interface Core {
  store: JobStore & ProjectStore & ScheduleStore;
  jobs: JobService;
  schedules: ScheduleService;
  projects: ProjectService;
}

/**
 * What there is of the core for whoever asks. It is all that dialects get, so that no route can forget whom it serves: a
 * project that is not for them is one that does not exist, and what they may not change throws `forbidden`. Every change,
 * and what came of it, is recorded.
 */
export interface CoreView {
  store: StoreView;
  jobs: Pick<JobService, 'submit' | 'cancel' | 'stop' | 'canceled'>;
  schedules: Pick<ScheduleService, 'submit' | 'cancel'>;
  projects: Pick<ProjectService, 'current' | 'remove' | 'removeVersion'> & {
    push: (archive: string, as?: { project: string; version: string }) => ReturnType<ProjectService['push']>;
  };
  /** Whether a project, there or not, is for them. */
  sees: (project: string) => boolean;
  /**
   * For routes that change something: refuses before the request is read.
   * @throws UserError `forbidden`
   */
  requireChange: (what: string) => void;
  /** For the same routes: records one that failed before the core was asked for anything. */
  recordFailure: (what: string, error: UserError) => void;
}

/** The core for one request. */
export function coreView(core: Core, access: Access, record: Recorder): CoreView {
  const store = storeView(core.store, access);
  let isRecorded = false;
  const change = makeChange(access, (made) => {
    isRecorded = true;
    record(made);
  });
  const requireProject = (project: string) => {
    // In the words for one that does not exist.
    if (!sees(access, project)) throw new UserError('not-found', `Unknown project "${project}".`);
  };
  const requireJob = (id: string) => {
    if (store.job(id) === null) throw new UserError('not-found', `Unknown job "${id}".`);
  };
  const nameOf = (id: string) => {
    const job = store.job(id);
    return job === null ? id : `${job.project}/${job.spider} ${id}`;
  };

  return {
    store,
    jobs: {
      submit: (request, jobid) =>
        change('schedule', `${request.project}/${request.spider}`, () => {
          requireProject(request.project);
          return core.jobs.submit(request, jobid);
        }),
      cancel: (id, how) =>
        change('cancel', nameOf(id), () => {
          requireJob(id);
          return core.jobs.cancel(id, how);
        }),
      stop: (id, how) =>
        change('cancel', nameOf(id), () => {
          requireJob(id);
          return core.jobs.stop(id, how);
        }),
      canceled: (ids) => {
        core.jobs.canceled(ids);
      },
    },
    schedules: {
      submit: (when, request) =>
        change('schedule', `${request.project}/${request.spider}`, () => {
          requireProject(request.project);
          return core.schedules.submit(when, request);
        }),
      cancel(id) {
        const schedule = store.schedule(id);
        if (schedule === null) return false;
        const { project, spider } = schedule.request;
        return change('cancel', `${project}/${spider} ${id}`, () => core.schedules.cancel(id));
      },
    },
    projects: {
      current(project) {
        requireProject(project);
        return core.projects.current(project);
      },
      push: (archive, as) =>
        change('push', as === undefined ? '' : `${as.project} ${as.version}`, () =>
          core.projects.push(archive, as, (project) => {
            if (!sees(access, project)) throw mayNotPush(access, project);
          }),
        ),
      remove: (project) =>
        change('remove', project, () => {
          requireProject(project);
          return core.projects.remove(project);
        }),
      removeVersion: (project, version) =>
        change('remove', `${project} ${version}`, () => {
          requireProject(project);
          return core.projects.removeVersion(project, version);
        }),
    },
    sees: (project) => sees(access, project),
    requireChange: (what) => {
      if (access.readOnly) change('change', what, () => undefined);
    },
    recordFailure: (what, { message }) => {
      if (!isRecorded) record({ action: 'change', object: what, outcome: 'failed', reason: message });
    },
  };
}

/** Whether there is such a project is not told. */
function mayNotPush({ who }: Access, project: string): UserError {
  return new UserError('forbidden', `The key "${who.name}" is not for the project "${project}".`);
}
