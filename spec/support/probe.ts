import { multipart, urlencoded, type Sent } from './send.ts';

/** What requests are about; made up where there is nothing of the kind. */
export interface Target {
  project: string;
  /** Another project, to be removed. */
  second: string;
  spider: string;
  version: string;
  /** A finished job. */
  job: string;
  jobid: string;
  /** Jobs that wait. */
  pending: string;
  pendingJobid: string;
  schedule: string;
  /** Another one, to be changed and canceled. */
  secondSchedule: string;
  /** In numbers: the project, the spider, the finished job, and another that waits. */
  id: string;
  spiderId: string;
  key: string;
  waitingKey: string;
  archive: Buffer;
}

/** A request about a target, and what it does. */
export interface Probe {
  path: (target: Target) => string;
  sent?: (target: Target) => Sent;
  /** In the answer for whoever may see the target; missing: the request changes something. */
  shows?: (target: Target) => string;
  /** What is answered to a change; missing: that it is ok. */
  answers?: RegExp;
  /** What the request says that cannot be seen in it. */
  says?: (target: Target) => string;
}

export const get = (path: Probe['path'], shows: Required<Probe>['shows']): Probe => ({ path, shows });

export const post = (path: string, fields: (target: Target) => Record<string, string>): Probe => ({
  path: () => path,
  sent: (target) => ({ method: 'POST', ...urlencoded(fields(target)) }),
});

export const upload = (path: string, fields: (target: Target) => Record<string, string | Buffer>): Probe => ({
  path: () => path,
  sent: (target) => ({ method: 'POST', ...multipart(fields(target)) }),
});

export const patch = (path: Probe['path'], body: string): Probe => ({
  path,
  sent: () => ({ method: 'PATCH', body }),
});

/** A change of Scrapy Cloud's storage, whose clients send JSON without saying so. */
export const change = (
  method: 'GET' | 'POST' | 'DELETE',
  path: Probe['path'],
  json: ((target: Target) => object) | null,
  answers = /^$/,
): Probe => ({
  path,
  sent: (target) => ({ method, ...(json === null ? {} : { body: JSON.stringify(json(target)) }) }),
  answers,
});
