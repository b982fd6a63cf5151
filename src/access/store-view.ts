import type { Job } from '../jobs/job.ts';
import type { JobStore, Projects } from '../jobs/job-store.ts';
import type { ProjectStore } from '../projects/project.ts';
import type { ScheduleStore } from '../schedule/schedule-store.ts';
import { sees, type Access } from './access.ts';

/** What is read for people. Nothing in it writes. */
export type StoreView = Pick<
  JobStore,
  | 'job'
  | 'jobs'
  | 'counts'
  | 'listJobs'
  | 'queue'
  | 'running'
  | 'pendingCount'
  | 'ended'
  | 'endedCount'
  | 'jobByJobid'
  | 'runByJobid'
  | 'projectsWithRuns'
  | 'spidersWithRuns'
  | 'runsOfSpider'
  | 'jobByKey'
  | 'searchJobs'
  | 'countJobs'
  | 'lastOfSpiders'
  | 'jobsUnder'
> &
  Pick<
    ProjectStore,
    | 'currentVersions'
    | 'currentVersion'
    | 'versions'
    | 'version'
    | 'namedVersion'
    | 'projectEntries'
    | 'projectById'
    | 'spiderEntries'
    | 'projectSettings'
    | 'activity'
  > &
  Pick<
    ScheduleStore,
    'schedule' | 'listSchedules' | 'schedules' | 'schedulesPage' | 'fires' | 'scheduleCount'
  >;

/** The store as far as whoever asks may see it: other projects do not exist. */
export function storeView(store: JobStore & ProjectStore & ScheduleStore, access: Access): StoreView {
  const isSeen = (project: string) => sees(access, project);
  const seen = <T extends { project: string }>(found: T | null) =>
    found !== null && isSeen(found.project) ? found : null;
  const named = <T extends { name: string }>(found: T | null) =>
    found !== null && isSeen(found.name) ? found : null;
  /** What is deleted is there for those who ask by key. */
  const notDeleted = (job: Job | null) => (job?.state === 'DELETED' ? null : job);
  /** Those of the projects asked about that are for them; undefined for all that there are. */
  const within = (asked?: Projects): Projects | undefined => {
    if (access.projects === null) return asked;
    if (asked === undefined) return access.projects;
    return typeof asked === 'string' && isSeen(asked) ? asked : [asked].flat().filter(isSeen);
  };
  const withinFilter = <T extends { project?: Projects }>(filter: T): T => {
    const project = within(filter.project);
    return project === undefined ? filter : { ...filter, project };
  };

  const schedule = (id: string) => {
    const found = store.schedule(id);
    return found !== null && isSeen(found.request.project) ? found : null;
  };

  return {
    currentVersions: () => store.currentVersions().filter(({ project }) => isSeen(project)),
    currentVersion: (project) => (isSeen(project) ? store.currentVersion(project) : null),
    versions: (project) => (isSeen(project) ? store.versions(project) : []),
    namedVersion: (project, name) => (isSeen(project) ? store.namedVersion(project, name) : null),

    version: (id) => seen(store.version(id)),
    projectEntries: () => store.projectEntries().filter(({ name }) => isSeen(name)),
    projectById: (id) => named(store.projectById(id)),
    spiderEntries: (project) => (isSeen(project) ? store.spiderEntries(project) : []),
    projectSettings: (project) => (isSeen(project) ? store.projectSettings(project) : {}),
    activity: (project, limit) => (isSeen(project) ? store.activity(project, limit) : []),

    jobByKey: (key) => seen(store.jobByKey(key)),
    searchJobs: (search, page) => store.searchJobs(withinFilter(search), page),
    countJobs: (search) => store.countJobs(withinFilter(search)),
    lastOfSpiders: (of) => (isSeen(of.project) ? store.lastOfSpiders(of) : []),
    jobsUnder: (of, page) => (isSeen(of.project) ? store.jobsUnder(of, page) : []),

    job: (id) => notDeleted(seen(store.job(id))),
    jobs: (refs) => store.jobs(refs).filter(({ project }) => isSeen(project)),
    counts: (project) => store.counts(within(project)),
    listJobs: (filter) => store.listJobs(withinFilter(filter)),
    queue: (project) => store.queue(within(project)),
    running: (project) => store.running(within(project)),
    pendingCount: (project) => store.pendingCount(within(project)),
    ended: (limit, project) => store.ended(limit, within(project)),
    endedCount: (limit, project) => store.endedCount(limit, within(project)),
    jobByJobid: (jobid, project) => store.jobByJobid(jobid, within(project)),
    runByJobid: (project, spider, jobid) =>
      isSeen(project) ? store.runByJobid(project, spider, jobid) : null,
    projectsWithRuns: () => store.projectsWithRuns().filter(isSeen),
    spidersWithRuns: (project) => (isSeen(project) ? store.spidersWithRuns(project) : []),
    runsOfSpider: (project, spider, page) =>
      isSeen(project) ? store.runsOfSpider(project, spider, page) : [],

    schedule,
    listSchedules: (filter) => store.listSchedules(withinFilter(filter)),
    schedules: (refs) => store.schedules(refs).filter(({ request }) => isSeen(request.project)),
    schedulesPage: (filter, page) => store.schedulesPage(withinFilter(filter), page),
    fires: (id, page) => (schedule(id) === null ? [] : store.fires(id, page)),
    scheduleCount: (project) => store.scheduleCount(within(project)),
  };
}
