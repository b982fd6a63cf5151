import type { Outputs } from '../../../../jobs/outputs.ts';
import type { Records } from '../../../../records/records.ts';
import { toJsonText } from '../../../../json-text.ts';
import { writeChunks } from '../../../write-chunks.ts';
import type { Handler } from './endpoint.ts';
import { countAsked, findJobs, readAskedJobs } from './find-jobs.ts';
import { jobRows } from './job-row.ts';

/** How many jobs list.json gives to whoever does not say; list.jl, which is read line by line, gives all. */
const COUNT_OF_JSON = 100;

export interface ListJobsOptions {
  outputs: Outputs;
  records: Records;
  now: () => number;
}

/** `jobs/list.json` and `jobs/list.jl`: a piece for each turn of the event loop, since they may be long. */
export function listJobs({ outputs, records, now }: ListJobsOptions, as: 'json' | 'jl'): Handler {
  return async ({ params, core, res }) => {
    const { store } = core;
    const asked = readAskedJobs(params, core);
    const most = as === 'json' ? COUNT_OF_JSON : Infinity;
    const total = countAsked(store, asked);
    const count = Math.max(0, Math.min(total - asked.offset, asked.count ?? most));
    const head = toJsonText({ status: 'ok', count, total });
    const row = jobRows({ outputs, records, now: now() });
    async function* pieces(separator: string): AsyncGenerator<string> {
      for (const jobs of findJobs(store, asked, most)) {
        if (jobs.length > 0) yield (await Promise.all(jobs.map(row))).map(toJsonText).join(separator);
      }
    }
    async function* json(): AsyncGenerator<string> {
      yield `${head.slice(0, -1)},"jobs":[`;
      let before = '';
      for await (const piece of pieces(',')) {
        yield before + piece;
        before = ',';
      }
      yield ']}\n';
    }
    async function* lines(): AsyncGenerator<string> {
      yield `${head}\n`;
      for await (const piece of pieces('\n')) yield `${piece}\n`;
    }
    res.setHeader('Content-Type', as === 'json' ? 'application/json' : 'application/x-jsonlines');
    await writeChunks(res, as === 'json' ? json() : lines());
    return null;
  };
}

export const countJobs: Handler = ({ params, core }) => ({
  total: countAsked(core.store, readAskedJobs(params, core)),
});
