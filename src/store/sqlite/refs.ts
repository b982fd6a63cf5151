import type { JobRef } from '../../jobs/job-store.ts';
import type { Row } from './database.ts';

/**
 * A column for all rows of a list, the last changed first: one string is built inside SQLite several times faster than
 * 100,000 row objects are here.
 */
export const REFS = "group_concat(changed_at || ':' || seq, ' ' ORDER BY changed_at DESC, seq DESC) AS refs";

/** The rows that one row names in its column `refs`, as `changed_at:seq changed_at:seq`. */
export function toRefs(row: Row | null): JobRef[] {
  return typeof row?.refs === 'string' ? row.refs.split(' ').map(toRef) : [];
}

function toRef(text: string): JobRef {
  const [changedAt, seq] = text.split(':');
  return { changedAt: Number(changedAt), seq: Number(seq) };
}
