import type { StoreView } from '../../../access/store-view.ts';
import type { Job, JobState } from '../../../jobs/job.ts';
import type { JobFilter, JobRef } from '../../../jobs/job-store.ts';
import { isFinal } from '../../../jobs/states.ts';
import type { Schedule, ScheduleState } from '../../../schedule/schedule.ts';
import type { ScheduleRef } from '../../../schedule/schedule-store.ts';
import { CHUNK_ROWS, chunksOf } from '../../write-chunks.ts';

export type ListRow = Job | Schedule;

/** Which states are listed. */
export interface States {
  jobs: readonly JobState[];
  schedules: readonly ScheduleState[];
}

/** Which rows of a list. */
export interface Page {
  offset: number;
  /** May be infinite. */
  limit: number;
}

/** A row, or its place in the list until it is read. */
type Entry = Job | JobRef | ScheduleRef;

/**
 * Jobs and schedules together, the last changed first, in pieces that are each read when they are asked for. What is in
 * the list is fixed at the beginning; each row is as it is when it is read, and one that has left the asked states by
 * then is left out.
 */
export function* listPieces(
  store: StoreView,
  names: Omit<JobFilter, 'states'>,
  states: States,
  page: Page,
): Generator<ListRow[]> {
  for (const piece of entries(store, names, states, page)) yield rowsOf(store, states, piece);
}

function entries(
  store: StoreView,
  names: Omit<JobFilter, 'states'>,
  states: States,
  page: Page,
): Iterable<Entry[]> {
  const filter = { ...names, states: states.jobs };
  const schedules =
    states.schedules.length === 0 ? [] : store.listSchedules({ ...names, states: states.schedules });
  // What is over stays where it is, and may be much: it is walked along. What waits or works changes its place.
  const isOver = states.jobs.length > 0 && states.jobs.every(isFinal);
  if (isOver) return overPieces(store, filter, schedules, page);
  const all = [...schedules, ...(states.jobs.length === 0 ? [] : store.listJobs(filter))];
  if (schedules.length > 0) all.sort((one, other) => other.changedAt - one.changedAt);
  return chunksOf(all.slice(page.offset, page.offset + page.limit));
}

function* overPieces(
  store: StoreView,
  filter: JobFilter,
  schedules: readonly ScheduleRef[],
  { offset, limit }: Page,
): Generator<Entry[]> {
  // At least so many jobs are before the page, whatever the schedules are.
  const before = Math.max(0, offset - schedules.length);
  let skip = offset - before;
  let left = limit;
  for (const piece of merge(jobPieces(store, filter, { offset: before, limit: skip + limit }), schedules)) {
    const page = piece.slice(skip, skip + left);
    skip = Math.max(0, skip - piece.length);
    left -= page.length;
    yield page;
    if (left <= 0) return;
  }
}

function* jobPieces(store: StoreView, filter: JobFilter, { offset, limit }: Page): Generator<Job[]> {
  let after: JobRef | null = null;
  for (let left = limit; left > 0; left -= CHUNK_ROWS) {
    const size = Math.min(left, CHUNK_ROWS);
    const jobs: Job[] = store.searchJobs(
      filter,
      after === null ? { offset, limit: size } : { offset: 0, limit: size, after },
    );
    yield jobs;
    after = jobs.at(-1) ?? null;
    if (after === null || jobs.length < size) return;
  }
}

function* merge(pieces: Iterable<Job[]>, schedules: readonly ScheduleRef[]): Generator<Entry[]> {
  let next = 0;
  for (const jobs of pieces) {
    const merged: Entry[] = [];
    for (const job of jobs) {
      for (let schedule = schedules[next]; schedule && schedule.changedAt >= job.changedAt;) {
        merged.push(schedule);
        schedule = schedules[++next];
      }
      merged.push(job);
    }
    yield* chunksOf(merged);
  }
  yield* chunksOf(schedules.slice(next));
}

function rowsOf(store: StoreView, states: States, piece: readonly Entry[]): ListRow[] {
  const refs = piece.filter((entry) => !isJob(entry));
  const jobs = bySeq(store.jobs(refs.filter((ref): ref is JobRef => !isScheduleRef(ref))), (job) =>
    states.jobs.includes(job.state),
  );
  const schedules = bySeq(store.schedules(refs.filter(isScheduleRef)), (schedule) =>
    states.schedules.includes(schedule.state),
  );
  return piece.flatMap((entry): ListRow | [] => {
    if (isJob(entry)) return entry;
    return (isScheduleRef(entry) ? schedules.get(entry.scheduleSeq) : jobs.get(entry.seq)) ?? [];
  });
}

function bySeq<T extends { seq: number }>(rows: readonly T[], isListed: (row: T) => boolean): Map<number, T> {
  return new Map(rows.filter(isListed).map((row) => [row.seq, row]));
}

function isJob(entry: Entry): entry is Job {
  return 'state' in entry;
}

function isScheduleRef(ref: JobRef | ScheduleRef): ref is ScheduleRef {
  return 'scheduleSeq' in ref;
}

export function isSchedule(row: ListRow): row is Schedule {
  return 'when' in row;
}
