/**
 * How ScrapydWeb 1.6 reads scrapyd's pages: its patterns (`views/dashboard/jobs.py`, `vars.py`) with the names and the
 * order of their groups, written for JavaScript.
 */
const CELLS = ['pid', 'start', 'runtime', 'finish', 'log', 'items'];

const JOB = new RegExp(
  String.raw`<tr>\s*` +
    ['project', 'spider', 'job'].map((name) => String.raw`<td>(?<${name}>.*?)</td>\s*`).join('') +
    CELLS.map((name) => String.raw`(?:<td>(?<${name}>.*?)</td>\s*)?`).join('') +
    String.raw`[\w\W]*?</tr>`,
  'g',
);

const FILE = new RegExp(
  String.raw`<tr\sclass="(?<parity>odd|even)">\n` +
    String.raw`\s+<td>(?<filename>.*?)</td>\n\s+<td>(?<size>.*?)</td>\n(?:\s+<td>(?<modified>.*?)</td>\n)?` +
    String.raw`\s+<td>(?<type>.*?)</td>\n\s+<td>(?<encoding>.*?)</td>\n</tr>`,
  'g',
);

const LINK = /href="(.+?)">(.+?)</;
const HREF = /href=['"](.+?)['"]/;

export interface ListedJob {
  project: string;
  spider: string;
  job: string;
  pid: string;
  start: string;
  runtime: string;
  finish: string;
  log: string;
  items: string;
}

export interface ListedFile {
  parity: string;
  href: string;
  name: string;
  size: string;
  modified: string;
  type: string;
  encoding: string;
}

/** The rows of `/jobs`; the cells `log` and `items` as the addresses that they link to. */
export function jobsIn(page: string): ListedJob[] {
  if (!page.includes('<h1>Jobs</h1>')) throw new Error('This is no page of jobs.');
  const rows = page.replace(/<thead>.*?<\/thead>/gs, '').matchAll(JOB);
  return Array.from(rows, ({ groups }) => {
    const job = { ...groups } as unknown as ListedJob;
    return { ...job, log: HREF.exec(job.log)?.[1] ?? '', items: HREF.exec(job.items)?.[1] ?? '' };
  });
}

/** The rows of a listing under `/logs/` or `/items/`. */
export function filesIn(page: string): ListedFile[] {
  if (!/Directory listing for \/(logs|items)\//.test(page)) throw new Error('This is no listing.');
  return Array.from(page.matchAll(FILE), ({ groups }) => {
    const { filename = '', ...cells } = { ...groups };
    const [, href = '', name = ''] = LINK.exec(filename) ?? [];
    return { ...cells, href, name } as ListedFile;
  });
}

/** What escapeHtml made of a text, undone. */
export function unescaped(html: string): string {
  const characters: Record<string, string> = { quot: '"', amp: '&', '#39': "'", lt: '<', gt: '>' };
  return html.replace(/&(quot|amp|#39|lt|gt);/g, (_, name: string) => characters[name] ?? '');
}

/** A page without its texts and without the values of attributes: what names in it must not change. */
export function skeleton(page: string): string {
  return page.replace(/"[^"]*"/g, '""').replace(/>[^<]*</g, '><');
}
