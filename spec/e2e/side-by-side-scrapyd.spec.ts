import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { TestDaemon } from '../support/daemon.ts';
import { PEER_TIMEOUT_MS } from '../support/peer-environment.ts';
import { faultsIn } from '../support/scrapyd-difference.ts';
import { exchange, release, seen } from '../support/scrapyd-exchange.ts';
import { scrapydPeers } from '../support/scrapyd-peers.ts';
import type { Ask, Known, Step } from '../support/scrapyd-request.ts';
import { CHOSEN, REQUESTS } from '../support/scrapyd-requests/all.ts';
import { LOGIN } from '../support/scrapyd-requests/login.ts';
import { ScrapydServer } from '../support/scrapyd-server.ts';

interface Side {
  url: string;
  known: Known;
}

describe('beside the real scrapyd 1.6', function () {
  this.timeout(120_000);
  let environment = '';
  let folder = '';
  before(async function () {
    this.timeout(PEER_TIMEOUT_MS);
    environment = await scrapydPeers();
    folder = mkdtempSync(join(tmpdir(), 'orbweaver-e2e-'));
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });

  const sideAt = (url: string): Side => {
    const paths = { gate: join(folder, 'gate'), second: join(folder, 'second') };
    return { url, known: new Map(Object.entries({ ...CHOSEN, ...paths })) };
  };

  /** Sends the requests to both; gives what is not as scrapyd does it, or listed without being so. */
  const faultsOf = async (scrapyd: string, orbweaver: string, steps: readonly Step[]): Promise<string[]> => {
    const [theirs, ours] = [sideAt(scrapyd), sideAt(orbweaver)];
    const faults: string[] = [];
    try {
      for (const step of steps) {
        if ('ask' in step) {
          const [answered, answer] = await Promise.all([
            exchange(theirs.url, step, theirs.known),
            exchange(ours.url, step, ours.known),
          ]);
          faults.push(...faultsIn(step, answered, answer));
        } else if ('release' in step) release(join(folder, step.release));
        else await Promise.all([reached(theirs, step), reached(ours, step)]);
      }
    } catch (error) {
      // What went before it often says why.
      faults.push(String(error));
    }
    return faults;
  };

  it('answers the same, but for what is listed with its reason', async () => {
    const settings = { node_name: 'node-1', max_proc: '1' };
    await using scrapyd = await ScrapydServer.start(environment, settings);
    await using daemon = await TestDaemon.start({ args: ['--node-name', 'node-1', '--job-slots', '1'] });
    const faults = await faultsOf(scrapyd.url, daemon.url, REQUESTS);
    expect(faults, faults.join('\n\n')).to.have.length(0);
  });

  it('lets in and turns away the same', async () => {
    const settings = { node_name: 'node-1', username: 'guest', password: 'pass:word' };
    await using scrapyd = await ScrapydServer.start(environment, settings);
    await using daemon = await TestDaemon.start({
      args: ['--node-name', 'node-1'],
      env: { ORBWEAVER_USERNAME: 'guest', ORBWEAVER_PASSWORD: 'pass:word' },
    });
    const faults = await faultsOf(scrapyd.url, daemon.url, LOGIN);
    expect(faults, faults.join('\n\n')).to.have.length(0);
  });
});

/** Waits for what is to come before the next request. */
function reached({ url, known }: Side, step: Exclude<Step, Ask | { release: string }>): Promise<void> {
  if ('seen' in step) return seen(url, step.at, step.seen, known);
  return seen(url, `/status.json?job={${step.until}}`, `"currstate": "${step.is}"`, known);
}
