import { closeSync, constants, ftruncateSync, openSync, statSync, writeSync } from 'node:fs';

/**
 * Cuts a file that is larger than `limit` bytes to that length and one line that says so, as the host does for the
 * runs that have one (`output_limit.py`). Never throws: the next check tries again.
 */
export function limitOutput(path: string, limit: number): void {
  const notice = Buffer.from(
    `\n[orbweaver: this output reached its limit of ${limit} bytes; the rest is discarded]\n`,
  );
  try {
    if (statSync(path).size <= limit + notice.length) return;
    const file = openSync(path, constants.O_WRONLY | constants.O_NOFOLLOW);
    try {
      ftruncateSync(file, limit);
      // Not appended: a line that the spider wrote since the cut must not come before the notice.
      writeSync(file, notice, 0, notice.length, limit);
      ftruncateSync(file, limit + notice.length);
    } finally {
      closeSync(file);
    }
  } catch {
    // The file is gone or cannot be cut now.
  }
}
