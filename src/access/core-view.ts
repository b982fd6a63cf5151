import { UserError } from '../errors.ts';
import type { Json } from '../json-text.ts';
import type { JobMoves } from '../jobs/job-moves.ts';
import type { Job, JobRequest } from '../jobs/job.ts';
import type { JobNames, JobService } from '../jobs/job-service.ts';
import type { JobFields, JobStore } from '../jobs/job-store.ts';
import type { ProjectStore } from '../projects/project.ts';
import type { NamedPush, ProjectService } from '../projects/project-service.ts';
import type { ScheduleService } from '../schedule/schedule-service.ts';
import type { ScheduleStore } from '../schedule/schedule-store.ts';
import { sees, type Access } from './access.ts';
import { makeChange, type Recorder } from './changes.ts';
import { moveChanges, unknownJob, type MoveChanges } from './move-changes.ts';
import { scheduleChanges, type ScheduleChanges } from './schedule-changes.ts';
import { storeView, type StoreView } from './store-view.ts';

/** All of the core. */
export interface Core {
  store: JobStore & ProjectStore & ScheduleStore;
  jobs: JobService;
  moves: JobMoves;
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
  jobs: Pick<JobService, 'cancel' | 'stop' | 'canceled'> & {
    submit: (request: JobRequest, names?: Omit<JobNames, 'by'>) => Promise<Job>;
    /**
     * Changes what clients keep with a job.
     * @throws UserError `not-found`, `forbidden`
     */
    setFields: (id: string, fields: JobFields) => Job;
    /**
     * For routes that write what a run leaves: refuses who may not. What is written is not recorded: it is too much.
     * @throws UserError `forbidden`
     */
    requireRecords: (job: Job) => void;
  };
  moves: MoveChanges;
  schedules: ScheduleChanges;
  projects: Pick<ProjectService, 'current' | 'remove' | 'removeVersion'> & {
    push: (archive: string, as?: NamedPush) => ReturnType<ProjectService['push']>;
    /** See ProjectStore. */
    numberSpider: (project: string, spider: string) => number | null;
    setSpiderTags: (project: string, spider: string, tags: readonly string[]) => void;
    setSettings: (project: string, fields: Readonly<Record<string, Json | undefined>>) => void;
    addActivity: (project: string, events: readonly Json[], now: number) => void;
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
    if (store.job(id) === null) throw unknownJob(id);
  };
  const nameOf = (id: string) => {
    const job = store.job(id);
    return job === null ? id : `${job.project}/${job.spider} ${id}`;
  };
  const by = access.who.kind === 'anybody' ? 'anybody' : access.who.name;
  /** Also one that is deleted: its metadata stays. */
  const anyJob = (id: string): Job => {
    const job = core.store.job(id);
    if (job === null || !sees(access, job.project)) throw unknownJob(id);
    return job;
  };
  const requireRecords = ({ id }: Job) => {
    if (access.readOnly && access.job !== id) change('write', nameOf(id), () => undefined);
  };
  /** Something that is done to a project, which need not have a version. */
  const changeProject = <T>(action: string, project: string, work: () => T): T =>
    change(action, project, () => {
      requireProject(project);
      return work();
    });

  return {
    store,
    jobs: {
      submit: (request, names = {}) =>
        change('schedule', `${request.project}/${request.spider}`, () => {
          requireProject(request.project);
          return core.store.shared(() => core.jobs.submit(request, { ...names, by }));
        }),
      setFields: (id, fields) => {
        const set = () => core.store.setFields(anyJob(id).id, fields);
        return access.job === id ? set() : change('change', nameOf(id), set);
      },
      requireRecords,
      cancel: (id, how) =>
        change('cancel', nameOf(id), () => {
          requireJob(id);
          return core.jobs.cancel(id, { ...how, by });
        }),
      stop: (id, how) =>
        change('cancel', nameOf(id), () => {
          requireJob(id);
          return core.jobs.stop(id, { ...how, by });
        }),
      canceled: (ids) => {
        core.jobs.canceled(ids);
      },
    },
    moves: moveChanges({ moves: core.moves, change, requireProject, anyJob, nameOf, by }),
    schedules: scheduleChanges({
      schedules: core.schedules,
      store,
      shared: (work) => core.store.shared(work),
      change,
      requireProject,
      by,
    }),
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
      numberSpider: (project, spider) =>
        changeProject('number spider', project, () => core.store.numberSpider(project, spider)),
      setSpiderTags: (project, spider, tags) => {
        changeProject('tag spider', project, () => {
          core.store.setSpiderTags(project, spider, tags);
        });
      },
      setSettings: (project, fields) => {
        changeProject('change settings', project, () => {
          core.store.setProjectSettings(project, fields);
        });
      },
      addActivity: (project, events, now) => {
        changeProject('add activity', project, () => {
          core.store.addActivity(project, events, now);
        });
      },
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
