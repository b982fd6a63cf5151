import { z } from 'zod';
import type { Json } from '../../../json-text.ts';
import { count } from './values.ts';

const DEFAULT_LIMIT = 50;
const MOST = 1000;

/** The parameters of a list that comes in pages. */
export const PAGE = {
  limit: count(1, MOST).default(DEFAULT_LIMIT),
  cursor: z
    .string()
    .transform((text) => positionIn(text))
    .refine((position) => position !== null, {
      error: 'must be the next_cursor of a page before',
    })
    .optional(),
};

/** Where a page begins, and how many rows it has at most. */
export interface Page {
  limit: number;
  cursor?: number | null | undefined;
}

/**
 * One page of a list.
 * @param read gives rows from the one behind the position on
 * @param positionOf the position of a row, a whole number
 */
export function pageOf<Row>(
  { limit, cursor }: Page,
  read: (page: { before?: number; limit: number }) => Row[],
  positionOf: (row: Row) => number,
): { rows: Row[]; nextCursor: Json } {
  // One more, to know whether there is another page.
  const rows = read({ limit: limit + 1, ...(typeof cursor === 'number' ? { before: cursor } : {}) });
  const last = rows.length > limit ? rows[limit - 1] : undefined;
  return { rows: rows.slice(0, limit), nextCursor: last === undefined ? null : cursorOf(positionOf(last)) };
}

function cursorOf(position: number): string {
  return Buffer.from(String(position)).toString('base64url');
}

/** Null for what is no cursor. */
function positionIn(cursor: string): number | null {
  const text = Buffer.from(cursor, 'base64url').toString('latin1');
  return /^\d{1,15}$/.test(text) && cursorOf(Number(text)) === cursor ? Number(text) : null;
}
