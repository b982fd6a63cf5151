import { markdownTable } from '../../bench/support/table.ts';
import type { Account } from './account.ts';
import type { Kill } from './story.ts';

/** An account as a table, with what explains each job that failed, and what should not have been. */
export function summaryOf({ story, fires, jobs, faults }: Account): string {
  const killed = (what: Kill['what']) => story.kills.filter((kill) => kill.what === what).length;
  const sum = (what: 'calledFor' | 'onTime' | 'late' | 'skipped') =>
    fires.reduce((total, each) => total + each[what], 0);
  const rows: [string, number][] = [
    ['daemons killed', killed('daemon')],
    ['hosts killed', killed('host')],
    ['spiders killed', killed('spider')],
    ['fires called for', sum('calledFor')],
    ['made on time', sum('onTime')],
    ['made after an outage', sum('late')],
    ['skipped, a late one stands for them', sum('skipped')],
    ['jobs', jobs.jobs],
    ['whose spider left its mark', jobs.marked],
    ['successful', jobs.successful],
    ['failed or lost, explained', jobs.explained.length],
    ['not as it should be', faults.length],
  ];
  const table = markdownTable(
    ['chaos', 'count'],
    rows.map(([what, count]) => [what, String(count)]),
  );
  return [table, ...section('Explained:', jobs.explained), ...section('Not as it should be:', faults)].join(
    '\n',
  );
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', title, ...lines.map((line) => `- ${line}`)];
}
