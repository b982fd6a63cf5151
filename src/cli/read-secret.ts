import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { UserError } from '../errors.ts';

export interface SecretSource {
  stdin: NodeJS.ReadStream;
  /** Asks the person at a terminal, where nothing that is typed is shown. */
  ask: (question: string) => void;
}

/**
 * The first line of stdin.
 * @throws UserError `invalid` when there is none
 */
export async function readSecret({ stdin, ask }: SecretSource): Promise<string> {
  if (stdin.isTTY) ask('Password (it is not shown):');
  const nowhere = new Writable({
    write: (_chunk, _encoding, done) => {
      done();
    },
  });
  const lines = createInterface({ input: stdin, output: nowhere, terminal: stdin.isTTY });
  try {
    lines.once('SIGINT', () => process.exit(130));
    const line = await Promise.race([
      once(lines, 'line').then(([text]) => text as string),
      once(lines, 'close').then(() => ''),
    ]);
    if (line !== '') return line;
    throw new UserError('invalid', 'There is no password on stdin: type it, or pipe it in.');
  } finally {
    lines.close();
    stdin.destroy();
  }
}
