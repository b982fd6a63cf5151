import { expect } from 'chai';
import { runBounded, type BoundedProcess } from '../../src/projects/bounded-process.ts';
import { gone } from '../support/processes.ts';

describe('runBounded', () => {
  const run = (script: string, options: Partial<BoundedProcess> = {}) =>
    runBounded({
      command: '/bin/sh',
      args: ['-c', script],
      env: { PATH: process.env.PATH ?? '' },
      timeoutMs: 15_000,
      keepBytes: 1000,
      ...options,
    });

  it('tells how the process ended, and what it wrote where', async () => {
    expect(await run('echo out; echo err >&2; echo result >&3; exit 3')).to.deep.equal({
      code: 3,
      signal: null,
      timedOut: false,
      stdout: 'out\n',
      stderr: 'err\n',
      result: 'result\n',
    });
    expect(await run('kill -TERM $$')).to.include({ code: null, signal: 'SIGTERM', timedOut: false });
  });

  it('keeps only the end of what is printed', async () => {
    const { stdout } = await run('head -c 3000000 /dev/zero | tr "\\\\0" x; echo end', { keepBytes: 10 });
    expect(stdout).to.equal('xxxxxxend\n'.slice(-10));
  });

  it('hands over whole lines as they come', async () => {
    const lines: string[] = [];
    await run('printf "o"; printf "ne\\ntwo\\nrest"', { onLine: (line) => lines.push(line) });
    expect(lines).to.deep.equal(['one', 'two']);
  });

  it('kills what hangs, with its children', async () => {
    const { timedOut, signal, stdout } = await run('sleep 60 & echo $!; trap "" TERM; wait', {
      timeoutMs: 300,
    });
    expect({ timedOut, signal }).to.deep.equal({ timedOut: true, signal: 'SIGKILL' });
    // It was killed, but its outputs close a moment before it is over.
    await gone(Number(stdout));
  });

  it('leaves no child behind when the process ends by itself', async () => {
    const { stdout, code } = await run('sleep 60 & echo $!');
    expect(code).to.equal(0);
    // It was killed, but its outputs close a moment before it is over.
    await gone(Number(stdout));
  });

  it('does not wait for a child that left the group and holds the outputs', async () => {
    const { stdout, timedOut } = await run("setsid -f sh -c 'echo $$; exec sleep 30' | head -n 1");
    expect(timedOut).to.be.false;
    process.kill(Number(stdout), 'SIGKILL');
  });

  it('says when there is no such command', async () => {
    const error: unknown = await run('', { command: '/no/such' }).catch((thrown: unknown) => thrown);
    expect(error).to.have.property('code', 'ENOENT');
  });
});
