import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect } from 'chai';
import { ENVIRONMENTS, PROGRAM } from '../support/daemon.ts';

describe('a daemon whose output nobody reads any more', () => {
  it('stops well', async () => {
    const data = mkdtempSync(join(tmpdir(), 'orbweaver-e2e-'));
    const flags = ['--data', data, '--environments', ENVIRONMENTS, '--listen', '127.0.0.1:0'];
    const daemon = spawn(process.execPath, [...PROGRAM, ...flags], { stdio: ['ignore', 'pipe', 'pipe'] });
    for await (const line of createInterface(daemon.stdout)) if (line.includes(' serves on ')) break;
    daemon.stdout.destroy();
    daemon.stderr.destroy();
    const ended = once(daemon, 'exit');
    daemon.kill('SIGTERM');
    expect(await ended).to.deep.equal([0, null]);
    rmSync(data, { recursive: true, force: true });
  });
});
