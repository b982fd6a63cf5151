import escapeHtml from 'escape-html';
import type { Job } from '../../../../jobs/job.ts';
import { fileUrl } from './file-path.ts';
import { duration, toTheSecond } from './formats.ts';

const COLUMNS = ['Project', 'Spider', 'Job', 'PID', 'Start', 'Runtime', 'Finish', 'Log', 'Items', 'Cancel'];

/** The page's only script: asks before a job is canceled. The page's Content-Security-Policy allows it by its hash. */
export const CONFIRM = "return confirm('Are you sure you want to cancel this job?');";

/** What a row is made of beside the job. */
export interface RowContext {
  /** Path under which a proxy serves the daemon. */
  prefix: string;
  now: number;
  /** Which of the job's files there are. */
  has: { log: boolean; items: boolean };
}

/** All before the first group of rows. Clients look for the heading. */
export function jobsHead(prefix: string): string {
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Jobs</title>
<style>
body { font-family: system-ui, sans-serif; }
table { border-collapse: collapse; }
th, td { border: 1px solid; padding: .4rem; }
th[colspan] { background-color: #eee; }
td:nth-child(-n+3) { word-break: break-all; }
</style>
</head>
<body>
<h1>Jobs</h1>
<p><a href="${escapeHtml(prefix)}/">Go up</a></p>
<table id="jobs">
<thead>
<tr>${COLUMNS.map((column) => `<th>${column}</th>`).join('')}</tr>
</thead>
`;
}

export function groupHead(title: string): string {
  return `<tbody>\n<tr><th colspan="${COLUMNS.length}">${title}</th></tr>\n`;
}

export const GROUP_FOOT = '</tbody>\n';

/** All behind the last group of rows. */
export const JOBS_FOOT = `</table>
</body>
</html>
`;

export function pendingRow(job: Job, prefix: string): string {
  return row([...names(job), '', '', '', '', '', '', cancelForm(job, prefix)]);
}

export function runningRow(job: Job, context: RowContext): string {
  const startedAt = job.startedAt ?? context.now;
  return row([
    ...names(job),
    String(job.process?.pid ?? ''),
    toTheSecond(startedAt),
    duration(context.now - startedAt),
    '',
    ...fileLinks(job, context),
    cancelForm(job, context.prefix),
  ]);
}

export function finishedRow(job: Job, context: RowContext): string {
  const finishedAt = job.finishedAt ?? context.now;
  const startedAt = job.startedAt ?? finishedAt;
  return row([
    ...names(job),
    '',
    toTheSecond(startedAt),
    duration(finishedAt - startedAt),
    toTheSecond(finishedAt),
    ...fileLinks(job, context),
    '',
  ]);
}

/** Cells of HTML, in the form that clients parse: no attribute, nothing between them but white space. */
function row(cells: readonly string[]): string {
  return `<tr>\n${cells.map((cell) => `<td>${cell}</td>\n`).join('')}</tr>\n`;
}

function names({ project, spider, jobid }: Job): string[] {
  return [project, spider, jobid].map(escapeHtml);
}

function fileLinks(job: Job, { prefix, has }: RowContext): string[] {
  const link = (url: string, text: string) => `<a href="${escapeHtml(prefix + url)}">${text}</a>`;
  return [
    has.log ? link(fileUrl('logs', job), 'Log') : '',
    has.items ? link(fileUrl('items', job), 'Items') : '',
  ];
}

function cancelForm({ project, jobid }: Job, prefix: string): string {
  return `<form method="post" action="${escapeHtml(prefix)}/cancel.json" onsubmit="${escapeHtml(CONFIRM)}">
<input type="hidden" name="project" value="${escapeHtml(project)}">
<input type="hidden" name="job" value="${escapeHtml(jobid)}">
<input type="submit" value="Cancel">
</form>`;
}
