import { UserError } from '../errors.ts';
import type { Job } from '../jobs/job.ts';
import type { JobStore } from '../jobs/job-store.ts';
import type { Schedule } from '../schedule/schedule.ts';
import type { ScheduleRequest, ScheduleService } from '../schedule/schedule-service.ts';
import type { MakeChange } from './changes.ts';
import type { StoreView } from './store-view.ts';

/** What may be done with schedules: see {@link ScheduleService}. */
export interface ScheduleChanges {
  submit: (asked: ScheduleRequest) => Promise<{ id: string }>;
  add: (asked: ScheduleRequest) => Promise<Schedule>;
  edit: (id: string, asked: Partial<ScheduleRequest>) => Schedule;
  pause: (id: string) => Schedule;
  resume: (id: string) => Schedule;
  run: (id: string) => Job;
  cancel: (id: string) => boolean;
  planOf: ScheduleService['planOf'];
}

interface Options {
  schedules: ScheduleService;
  store: Pick<StoreView, 'schedule'>;
  shared: JobStore['shared'];
  change: MakeChange;
  /** @throws UserError `not-found` for a project that is not for whoever asks */
  requireProject: (project: string) => void;
  /** Name of whoever asks. */
  by: string;
}

/** The schedules for whoever asks. */
export function scheduleChanges({
  schedules,
  store,
  shared,
  change,
  requireProject,
  by,
}: Options): ScheduleChanges {
  const make = <T>({ request }: ScheduleRequest, work: () => T): Promise<T> =>
    change('schedule', `${request.project}/${request.spider}`, () => {
      requireProject(request.project);
      return shared(work);
    });
  const changeOne = <T>(action: string, id: string, work: () => T): T => {
    const schedule = store.schedule(id);
    const object = schedule === null ? id : `${schedule.request.project}/${schedule.request.spider} ${id}`;
    return change(action, object, () => {
      if (schedule === null) throw new UserError('not-found', `Unknown schedule "${id}".`);
      return work();
    });
  };

  return {
    submit: (asked) => make(asked, () => schedules.submit(asked, by)),
    add: (asked) => make(asked, () => schedules.add(asked)),
    edit: (id, asked) =>
      changeOne('edit', id, () => {
        if (asked.request !== undefined) requireProject(asked.request.project);
        return schedules.edit(id, asked);
      }),
    pause: (id) => changeOne('pause', id, () => schedules.pause(id)),
    resume: (id) => changeOne('resume', id, () => schedules.resume(id)),
    run: (id) => changeOne('run', id, () => schedules.run(id, by)),
    cancel: (id) => store.schedule(id) !== null && changeOne('cancel', id, () => schedules.cancel(id)),
    planOf: (asked) => schedules.planOf(asked),
  };
}
