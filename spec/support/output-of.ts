import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** Runs a command that must succeed; gives its stdout. */
export async function outputOf(command: string, args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(command, args);
  return stdout;
}
