import type { Step } from '../scrapyd-request.ts';
import { HARM } from './harm.ts';
import { METHODS } from './methods.ts';
import { NAMES } from './names.ts';
import { PARAMETERS } from './parameters.ts';
import { REFUSALS } from './refusals.ts';
import { REMOVALS } from './removals.ts';
import { RUNS } from './runs.ts';
import { VERSIONS } from './versions.ts';

/** The jobids that the requests choose themselves, by the names that stand for them. */
export const CHOSEN = {
  first: 'first',
  chosen: 'chosen.by-me_1',
  spaces: 'with space é',
  failed: 'é f',
  twice: 'twice',
};

/** What both are sent, in this order, with room for one job. */
export const REQUESTS: Step[] = [
  ...METHODS,
  ...PARAMETERS,
  ...NAMES,
  ...VERSIONS,
  ...REFUSALS,
  ...RUNS,
  ...REMOVALS,
  ...HARM,
];
