import { readFileSync } from 'node:fs';

/** What a file holds; nothing if there is none, or it goes while it is read, as those of a process do. */
export function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
