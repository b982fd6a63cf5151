import type { Outputs } from '../../../../jobs/outputs.ts';
import { toJsonText } from '../../../../json-text.ts';
import { writeChunks } from '../../../write-chunks.ts';
import type { Handler } from './endpoint.ts';
import { countAsked, findJobs, readAskedJobs } from './find-jobs.ts';
import { jobRows } from './job-row.ts';

/** How many jobs list.json gives to whoever does not say; list.jl, which is read line by line, gives all. */
const COUNT_OF_JSON = 100;

export interface ListJobsOptions {
  outputs: Outputs;
  now: () => number;
}

/** `jobs/list.json` and `jobs/list.jl`: a piece for each turn of the event loop, since they may be long. */
export function listJobs({ outputs, now }: ListJobsOptions, as: 'json' | 'jl'): Handler {
  return async ({ params, core, res }) => {
    const { store } = core;
    const asked = readAskedJobs(params, core);
    const most = as === 'json' ? COUNT_OF_JSON : Infinity;
    const total = countAsked(store, asked);
    const count = Math.max(0, Math.min(total - asked.offset, asked.count ?? most));
    const head = toJsonText({ status: 'ok', count, total });
    const row = jobRows({ outputs, store, now: now() });
    function* pieces(separator: string): Generator<string> {
      for (const jobs of findJobs(store, asked, most)) {
        if (jobs.length > 0) yield jobs.map((job) => toJsonText(row(job))).join(separator);
      }
    }
    function* json(): Generator<string> {
      yield `${head.slice(0, -1)},"jobs":[`;
      let before = '';
      for (const piece of pieces(',')) {
        yield before + piece;
        before = ',';
      }
      yield ']}\n';
    }
    function* lines(): Generator<string> {
      yield `${head}\n`;
      for (const piece of pieces('\n')) yield `${piece}\n`;
    }
    res.setHeader('Content-Type', as === 'json' ? 'application/json' : 'application/x-jsonlines');
    await writeChunks(res, as === 'json' ? json() : lines());
    return null;
  };
}

export const countJobs: Handler = ({ params, core }) => ({
  total: countAsked(core.store, readAskedJobs(params, core)),
});
