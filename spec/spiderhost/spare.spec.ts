import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { PYTHON_FOLDER } from '../../src/spiderhost/host-folder.ts';
import { ENVIRONMENT_TIMEOUT_MS } from '../support/environment.ts';
import { gone } from '../support/processes.ts';
import { textOf } from '../support/text-of.ts';
import { kill, openHarness, WAYS, type Harness } from './harness.ts';

/** Starts a run as a host does, but for a disk that does not take its record once the child waits for that. */
const GIVEN_UP = `
import array, errno, fcntl, json, os, sys, termios
from pathlib import Path
sys.path.append(sys.argv[1])
from _orbweaver_spiderhost.launch import InChild, fork_child, launch
from _orbweaver_spiderhost.records import Records
from _orbweaver_spiderhost.run import Run
from _orbweaver_spiderhost.spider_process import run_child

def waits(child):
    unread = array.array("i", [0])
    fcntl.ioctl(child.opener, termios.FIONREAD, unread)
    return unread[0] == 0 and Path(f"/proc/{child.process['pid']}/stat").read_text().split(") ")[1][0] in "SZ"

def fsync(file):
    while not waits(child):
        pass
    print("ready", end=", ")
    raise OSError(errno.ENOSPC, "no space")

folder = Path(sys.argv[2])
try:
    child = fork_child(prefaults=False)
except InChild as in_child:
    run_child(folder, in_child.gate, in_child.prefaults)
os.fsync = fsync
try:
    launch(child, Run.parse(json.loads(sys.argv[3])), Records(folder), True)
except OSError:
    print("given up", end=", ")
print("ended with", os.waitstatus_to_exitcode(os.waitpid(child.process["pid"], 0)[1]), end="")
`;

/** Memory that a process shares with no other. */
function ownKilobytes(pid: number): number {
  return Number(/^Private_Dirty: +(\d+) kB$/m.exec(textOf(`/proc/${pid}/smaps_rollup`))?.[1]);
}

describe('the process that is forked ahead of its run', function () {
  let harness: Harness;

  before(async function () {
    this.timeout(ENVIRONMENT_TIMEOUT_MS);
    harness = await openHarness();
    await harness.finish(harness.run('looks'));
  });

  after(() => harness.close());

  async function spare(): Promise<number> {
    const { hostPid } = harness;
    for (;;) {
      const [pid] = readFileSync(`/proc/${hostPid}/task/${hostPid}/children`, 'utf8').split(' ');
      // It has closed its copies of what the host has open: 0 to 2, and where it reads its run from.
      if (pid && readdirSync(`/proc/${pid}/fd`).length === 4) return Number(pid);
      await sleep(10);
    }
  }

  for (const { way, fork } of WAYS) {
    it(`becomes the next run, as ${way}`, async () => {
      const waiting = await spare();
      const run = harness.run('looks', { fork });
      expect((await harness.hosts.start(run)).pid).to.equal(waiting);
      expect((await harness.end(run)).exit.code).to.equal(0);
    });
  }

  it('has none of the sockets of its host, and a session of its own', async () => {
    const waiting = await spare();
    const open = readdirSync(`/proc/${waiting}/fd`).map((name) =>
      readlinkSync(`/proc/${waiting}/fd/${name}`),
    );
    expect(open.filter((target) => target.startsWith('socket:'))).to.deep.equal([]);
    const stat = readFileSync(`/proc/${waiting}/stat`, 'utf8').split(') ')[1] ?? '';
    expect(Number(stat.split(' ')[3])).to.equal(waiting);
  });

  it('has its own copy of the memory that the crawls before it began with writing to', async () => {
    const waiting = await spare();
    // Of 55 MB, 2 are its own after a fork, and 13 when the kernel has copied what a crawl of nothing writes to.
    while (!(ownKilobytes(waiting) >= 8_000)) await sleep(10);
    const run = harness.run('looks');
    expect((await harness.hosts.start(run)).pid).to.equal(waiting);
    expect((await harness.end(run)).exit.code).to.equal(0);
  });

  it('leaves nothing of a run that it has got ready for, if it is never let go', async () => {
    const run = harness.run('looks');
    const records = join(harness.folder, 'given-up');
    const python = join(harness.environment, 'bin', 'python');
    const given = [PYTHON_FOLDER, records, JSON.stringify(run)];
    const limits = { timeout: 15_000, killSignal: 'SIGKILL' as const };
    const end = await promisify(execFile)(python, ['-c', GIVEN_UP, ...given], limits);
    expect(end).to.deep.equal({ stdout: 'ready, given up, ended with 1', stderr: '' });
    expect([run.stdout, run.stderr, run.records, run.workFolder].filter(existsSync)).to.deep.equal([]);
    expect(readdirSync(records)).to.deep.equal([]);
  });

  it('is missed by nobody when it is killed', async () => {
    const waiting = await spare();
    kill(waiting);
    await gone(waiting);
    const run = harness.run('looks');
    const { exit } = await harness.finish(run);
    expect(exit).to.deep.equal({ code: 0, signal: null, reason: null });
  });

  it('is gone while there is no daemon that could start a run', async () => {
    const waiting = await spare();
    await harness.hosts.close();
    // The host ends some seconds later.
    expect(await Promise.race([gone(waiting).then(() => 'gone'), sleep(2000)])).to.equal('gone');
    await harness.reopen();
    await harness.finish(harness.run('looks'));
  });

  it('ends with its host', async () => {
    const waiting = await spare();
    kill(harness.hostPid);
    await gone(waiting);
  });
});
