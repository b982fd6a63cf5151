import type { Value } from './database.ts';

/** A WHERE clause for lists of jobs or schedules, and its values; a missing name does not filter. */
export function where(
  states: readonly string[],
  { project, spider }: { project?: string; spider?: string },
): { clause: string; values: Value[] } {
  const names = Object.entries({ project, spider }).filter(
    (pair): pair is [string, string] => pair[1] !== undefined,
  );
  const conditions = [
    `state IN (${states.map(() => '?').join(', ')})`,
    ...names.map(([column]) => `${column} = ?`),
  ];
  return {
    clause: `WHERE ${conditions.join(' AND ')}`,
    values: [...states, ...names.map(([, name]) => name)],
  };
}
