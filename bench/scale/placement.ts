import { hash } from 'node:crypto';
import type { Drawn } from './mix.ts';

/** A schedule of a fleet; a spider has one. */
export interface Placed extends Drawn {
  project: number;
  spider: string;
}

/** How schedules find their node. */
export const RULES = {
  'a project, by its hash': byProject,
  'a spider, by its hash': bySpider,
  'a spider, the emptier of two by its hash': byTwo,
} as const;

export type Rule = keyof typeof RULES;

/**
 * Gives schedules to projects, whose sizes are as Zipf has it: the second has half as many as the first, the third a
 * third.
 */
export function projectsOf(drawn: readonly Drawn[], projects: number): Placed[] {
  const bounds: number[] = [];
  let total = 0;
  for (let rank = 1; rank <= projects; rank++) bounds.push((total += 1 / rank));
  let project = 0;
  return drawn.map((one, index) => {
    const place = (index / drawn.length) * total;
    while ((bounds[project] ?? Infinity) < place) project++;
    return { ...one, project, spider: `${project}/${index}` };
  });
}

/** The schedules of each node. */
export function place(rule: Rule, schedules: readonly Placed[], nodes: number): Placed[][] {
  const placed: Placed[][] = Array.from({ length: nodes }, () => []);
  const loads = new Float64Array(nodes);
  for (const schedule of schedules) {
    const node = RULES[rule](schedule, loads);
    placed[node]?.push(schedule);
    loads[node] = (loads[node] ?? 0) + schedule.secondsADay;
  }
  return placed;
}

function byProject({ project }: Placed, loads: Float64Array): number {
  return nodeOf(String(project), loads.length);
}

function bySpider({ spider }: Placed, loads: Float64Array): number {
  return nodeOf(spider, loads.length);
}

function byTwo({ spider }: Placed, loads: Float64Array): number {
  const [one, other] = [nodeOf(`1 ${spider}`, loads.length), nodeOf(`2 ${spider}`, loads.length)];
  return (loads[one] ?? 0) <= (loads[other] ?? 0) ? one : other;
}

function nodeOf(key: string, nodes: number): number {
  return Number.parseInt(hash('sha256', key).slice(0, 12), 16) % nodes;
}
