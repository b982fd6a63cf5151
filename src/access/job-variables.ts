import type { Job } from '../jobs/job.ts';

/**
 * The variables by which code of a job finds its own records, as clients of Scrapy Cloud read them.
 * @param url where the daemon serves: `http://127.0.0.1:7654`; null where that cannot be said, and then there are none
 */
export function jobVariables({ key }: Job, token: string, url: string | null): Record<string, string> {
  if (url === null) return {};
  // Whoever listens on every address can be reached on this one.
  const base = url.replace(/\/\/(0\.0\.0\.0|\[::\])(?=:|$)/, '//127.0.0.1');
  return {
    SHUB_JOBKEY: key,
    SHUB_JOBAUTH: Buffer.from(`${key}:${token}`).toString('hex'),
    SHUB_STORAGE: `${base}/`,
    SHUB_APIURL: `${base}/api/`,
  };
}
