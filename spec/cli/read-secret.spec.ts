import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { verifyPassword } from '../../src/access/password-hash.ts';
import { PROGRAM } from '../support/daemon.ts';

describe('orbweaver key hash', () => {
  /** Runs it with this on stdin, which stays open if it is to. */
  const hash = async (input: string | null, isLeftOpen = false) => {
    const child = spawn(process.execPath, [...PROGRAM, 'key', 'hash'], { stdio: ['pipe', 'pipe', 'pipe'] });
    if (input !== null) child.stdin.write(input);
    if (!isLeftOpen) child.stdin.end();
    const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
    if (child.exitCode === null) await once(child, 'exit');
    return { out, err, code: child.exitCode };
  };

  it('reads one line, prints its hash alone, and ends', async () => {
    const { out, err, code } = await hash('pä ss:wörd\nnot this\n', true);
    expect([err, code]).to.deep.equal(['', 0]);
    expect(await verifyPassword('pä ss:wörd', out.trimEnd())).to.equal(true);
  });

  it('says that there is nothing to hash', async () => {
    for (const nothing of [null, '\n']) {
      expect(await hash(nothing)).to.deep.equal({
        out: '',
        err: 'There is no password on stdin: type it, or pipe it in.\n',
        code: 1,
      });
    }
  });
});
