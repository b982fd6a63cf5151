import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { toError, UserError } from '../../src/errors.ts';

const execute = promisify(execFile);

/**
 * Runs a program of this machine to its end.
 * @throws UserError when there is no such program
 */
export async function runProgram(
  program: string,
  args: readonly string[],
  env?: NodeJS.ProcessEnv,
): Promise<{ stdout: string; stderr: string }> {
  try {
    return await execute(program, args, { env });
  } catch (error) {
    if (toError(error).code !== 'ENOENT') throw error;
    throw missing(program, program);
  }
}

export function missing(program: string, debianPackage: string): UserError {
  const advice = `\`apt-get install ${debianPackage}\`, then measure this row again`;
  return new UserError('unavailable', `There is no ${program} on this machine: ${advice}.`);
}
