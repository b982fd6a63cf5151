import type { Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { toError } from '../../../../errors.ts';

/** Size and times of a file; null when it is not there. */
export async function fileStats(path: string): Promise<Stats | null> {
  try {
    return await stat(path);
  } catch (error) {
    if (toError(error).code === 'ENOENT') return null;
    throw error;
  }
}
