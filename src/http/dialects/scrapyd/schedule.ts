import { UserError } from '../../../errors.ts';
import type { JobRequest } from '../../../jobs/job.ts';
import type { Params } from '../../params.ts';
import type { Handler } from './endpoint.ts';
import { notFound, optional, required } from './parameters.ts';
import { requireVersion } from './projects.ts';

/** Fields that are no spider arguments. */
const OWN = ['project', 'spider', '_version', 'jobid', 'priority', 'setting'];

/** A file name has at most 255 bytes, and an extension. */
const LONGEST_JOBID_BYTES = 200;

export const schedule: Handler = async (params, { store, jobs }) => {
  const [project, spider] = [required(params, 'project'), required(params, 'spider')];
  const given = optional(params, '_version');
  // An empty one asks for none.
  const version = given === '' ? null : given;
  const jobid = readJobid(params);
  const priority = readPriority(params);
  if (!requireVersion(store, project, version).spiders.includes(spider)) throw notFound('spider', spider);
  const request: JobRequest = {
    project,
    spider,
    description: '',
    payload: '{}',
    args: readArguments(params),
    settings: readSettings(params),
    cmdArgs: null,
    env: {},
    priority,
    units: 1,
    fork: null,
    capture: null,
    version,
    tags: [],
    tellNames: true,
  };
  const job = await jobs.submit(request, jobid === undefined ? {} : { jobid });
  return { jobid: job.jobid };
};

function readJobid(params: Params): string | undefined {
  const jobid = optional(params, 'jobid');
  if (jobid === null) return undefined;
  const fits = jobid !== '' && Buffer.byteLength(jobid) <= LONGEST_JOBID_BYTES;
  if (fits && jobid !== '.' && jobid !== '..' && !/[/\\\p{Cc}]/u.test(jobid)) return jobid;
  throw new UserError(
    'invalid',
    `jobid is invalid: "${jobid}" cannot be a file name: use 1 to ${LONGEST_JOBID_BYTES} bytes, without slashes and control characters`,
  );
}

/** A number as Python reads one, without those that have no place in a queue. */
function readPriority(params: Params): number {
  const text = optional(params, 'priority');
  if (text === null) return 0;
  const number = text.trim().replace(/(?<=\d)_(?=\d)/g, '');
  if (/^[+-]?(inf|infinity|nan)$/i.test(number) || Math.abs(Number(number)) === Infinity) {
    throw new UserError('invalid', `priority is invalid: "${text}" is not a finite number`);
  }
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(number)) return Number(number);
  throw new UserError('invalid', `priority is invalid: could not convert string to float: b'${text}'`);
}

function readSettings(params: Params): Record<string, string> {
  const pairs = params.allOfOnePlace('setting').map((text): [string, string] => {
    const equals = text.indexOf('=');
    if (equals > 0) return [text.slice(0, equals), text.slice(equals + 1)];
    throw new UserError('invalid', `setting is invalid: "${text}" is not NAME=VALUE`);
  });
  return Object.fromEntries(pairs);
}

function readArguments(params: Params): Record<string, string> {
  const names = params.names().filter((name) => !OWN.includes(name));
  const refused = names.find((name) => name === '' || name === '_job');
  if (refused !== undefined) {
    throw new UserError('invalid', `"${refused}" cannot be the name of a spider argument`);
  }
  return Object.fromEntries(names.map((name) => [name, optional(params, name) ?? '']));
}
