import { renameSync } from 'node:fs';

/**
 * Renames a folder that is whole to where it is looked for; that another start was quicker is as good.
 *
 * @param {string} from
 * @param {string} to
 */
export function putInPlace(from, to) {
  try {
    renameSync(from, to);
  } catch (error) {
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
  }
}
