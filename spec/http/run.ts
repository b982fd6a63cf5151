import { execFile } from 'node:child_process';

/** How a program ended. */
export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Runs a program to its end. */
export function run(program: string, args: string[]): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = execFile(program, args, { timeout: 15_000 }, (error, stdout, stderr) => {
      if (error !== null && 'syscall' in error) reject(new Error(error.message, { cause: error }));
      else resolve({ code: child.exitCode, stdout, stderr });
    });
  });
}
