import { execFile } from 'node:child_process';

/** What curl got. */
export interface Curled {
  status: number;
  type: string;
  text: string;
}

/** Runs the real curl; an answer of any status is one. */
export async function curl(...args: string[]): Promise<Curled> {
  const command = ['-sS', '--max-time', '30', '-w', '\n%{http_code} %{content_type}', ...args];
  const stdout = await new Promise<string>((resolve, reject) => {
    execFile('curl', command, (error, output, complaint) => {
      if (error === null) resolve(output);
      else reject(new Error(`curl: ${complaint}`, { cause: error }));
    });
  });
  const end = stdout.lastIndexOf('\n');
  const [status, ...type] = stdout.slice(end + 1).split(' ');
  return { status: Number(status), type: type.join(' '), text: stdout.slice(0, end) };
}
