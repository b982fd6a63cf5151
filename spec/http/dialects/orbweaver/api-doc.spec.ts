import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { aDaemon } from './a-daemon.ts';

const PAGE = join(import.meta.dirname, '..', '..', '..', '..', 'docs', 'api.md');

describe("the native API's page", () => {
  it('shows what the shell shows, from the first example to the last', async () => {
    await using daemon = await aDaemon();
    const blocks = [...readFileSync(PAGE, 'utf8').matchAll(/```console\n(.*?)```/gs)];
    const written = blocks.map(([, text = '']) => text).join('');
    // One shell for all, as for a person who tries them one after another.
    const script = written
      .split('\n')
      .filter((line) => line.startsWith('$ '))
      .map((line) => line.slice(2))
      .join('\n')
      .replaceAll('http://127.0.0.1:7654', daemon.url)
      .replaceAll('curl -s', 'curl -sS --noproxy "*"');
    const { stdout } = await promisify(execFile)('sh', ['-ec', script]);
    const shown = written.split('\n').filter((line) => line !== '' && !line.startsWith('$ '));
    expect(plain(stdout).trimEnd().split('\n')).to.deep.equal(plain(shown.join('\n')).split('\n'));
  }).timeout(20_000);
});

/** Without what is another each time, or is told elsewhere. */
function plain(text: string): string {
  return text
    .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'ID')
    .replace(/"jobid":"[0-9a-f]{32}"/g, '"jobid":"JOBID"')
    .replace(/"detail":"(…|Cannot schedule[^}]*?)","suggestion"/g, '"detail":"…","suggestion"');
}
