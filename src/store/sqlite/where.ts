import type { Projects } from '../../jobs/job-store.ts';
import type { Value } from './database.ts';

/**
 * A WHERE clause for lists of jobs or schedules, and its values; a missing name does not filter.
 * @param state `+state` where the index of states would be in the way of a better one
 */
export function where(
  states: readonly string[],
  { project, spider }: { project?: Projects; spider?: string },
  state: 'state' | '+state' = 'state',
): { clause: string; values: Value[] } {
  const inProject = ofProject(project);
  return {
    clause: `WHERE ${state} IN (${states.map(() => '?').join(', ')}) ${inProject.condition}
      ${spider === undefined ? '' : 'AND spider = ?'}`,
    values: [...states, ...inProject.values, ...(spider === undefined ? [] : [spider])],
  };
}

/** What goes behind another condition of rows with a column `project`. */
export function ofProject(project: Projects | undefined): { condition: string; values: string[] } {
  if (project === undefined) return { condition: '', values: [] };
  if (typeof project === 'string') return { condition: 'AND project = ?', values: [project] };
  return {
    condition: 'AND project IN (SELECT value FROM json_each(?))',
    values: [JSON.stringify(project)],
  };
}
