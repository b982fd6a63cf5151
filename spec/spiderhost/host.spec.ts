import { expect } from 'chai';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Run } from '../../src/jobs/runner.ts';
import { startHost } from '../../src/spiderhost/host-process.ts';
import { ENVIRONMENT_TIMEOUT_MS } from '../support/environment.ts';
import { CLEAN_ENV, kill, openHarness, whenChanged, whenWritten } from './harness.ts';
import type { Harness } from './harness.ts';
import { textOf } from '../support/text-of.ts';

type Message = Record<string, unknown>;

/** A bare connection to a host. */
class Client {
  readonly socket: net.Socket;
  readonly #lines: AsyncIterator<string>;

  constructor(folder: string) {
    this.socket = net.connect(join(folder, 'host.sock'));
    this.#lines = createInterface({ input: this.socket })[Symbol.asyncIterator]();
  }

  send(message: unknown): void {
    this.socket.write(`${typeof message === 'string' ? message : JSON.stringify(message)}\n`);
  }

  async next(): Promise<Message> {
    const line = await this.#lines.next();
    return line.done ? { type: 'end' } : (JSON.parse(line.value) as Message);
  }
}

describe('the spider host', () => {
  let harness: Harness;
  let folder: string;
  let pid: number;

  before(async function () {
    this.timeout(ENVIRONMENT_TIMEOUT_MS);
    harness = await openHarness();
  });

  after(() => harness.close());

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'host-spec-'));
  });

  afterEach(() => {
    kill(pid);
    // What a killed host leaves behind writes for a moment still.
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  });

  async function open(idleSeconds = 30): Promise<{ client: Client; greeting: Message }> {
    await startHost({ folder, environment: harness.environment, env: CLEAN_ENV, idleSeconds });
    return connect();
  }

  async function connect(): Promise<{ client: Client; greeting: Message }> {
    const client = new Client(folder);
    const greeting = await client.next();
    pid = (greeting.process as { pid: number }).pid;
    return { client, greeting };
  }

  function waitingRun(): { run: Run; release: () => void } {
    const path = join(folder, 'release');
    return {
      run: harness.run('waits', { args: { release: path } }),
      release: () => {
        writeFileSync(path, '');
      },
    };
  }

  it('greets first, with its protocol, process, versions and whether it forks', async () => {
    const { greeting } = await open();
    expect(greeting).to.include({ type: 'greeting', protocol: 1, whyNotFork: null });
    expect(greeting).to.deep.include({ running: [], exits: [] });
    expect(greeting.python).to.match(/^3\.\d+\.\d+/);
    expect(greeting.scrapy).to.match(/^2\.\d+/);
  });

  it('sees a start that was sent right before the daemon was killed, before it greets the next', async () => {
    const { client } = await open();
    const { run } = waitingRun();
    process.kill(pid, 'SIGSTOP');
    client.send({ type: 'start', run });
    await new Promise<void>((resolve) => client.socket.end(resolve));
    const next = connect();
    process.kill(pid, 'SIGCONT');
    const { greeting } = await next;
    expect((greeting.running as { job: string }[]).map(({ job }) => job)).to.deep.equal([run.jobId]);
  });

  it('tells an exit to each new connection until it is acknowledged', async () => {
    const { client } = await open();
    const run = harness.run('scrapes');
    client.send({ type: 'start', run });
    expect(await client.next()).to.include({ type: 'started', job: run.jobId });
    expect(await client.next()).to.include({ type: 'exited', job: run.jobId });
    const second = await connect();
    expect((second.greeting.exits as { job: string }[])[0]?.job).to.equal(run.jobId);
    expect(existsSync(join(folder, `jobs/${run.jobId}.start`))).to.equal(true);
    second.client.send({ type: 'ack', job: run.jobId });
    const third = await connect();
    expect(third.greeting.exits).to.deep.equal([]);
    expect(existsSync(join(folder, `jobs/${run.jobId}.start`))).to.equal(false);
  });

  it('has a start on record before the spider runs, with all that is needed to follow it', async () => {
    const { client } = await open();
    const { run } = waitingRun();
    client.send({ type: 'start', run });
    const started = await client.next();
    const record = JSON.parse(readFileSync(join(folder, `jobs/${run.jobId}.start`), 'utf8')) as Message;
    expect(record).to.deep.include({ job: run.jobId, process: started.process, fork: true });
    expect(record.group).to.equal((started.process as { pid: number }).pid);
    expect(record.run).to.deep.equal(run);
  });

  it('goes on after what it does not understand', async () => {
    const { client } = await open();
    for (const line of [
      '',
      'nonsense',
      '[]',
      '{}',
      '{"type":"start"}',
      '{"type":"signal","job":"x","signal":"?"}',
    ]) {
      client.send(line);
    }
    client.send(Buffer.from([0xff, 0xfe]).toString('latin1'));
    client.send({ type: 'start', run: { ...harness.run('scrapes'), jobId: '../escape' } });
    expect(await client.next()).to.include({ type: 'refused', kind: 'invalid', job: null });
    expect(await client.next()).to.include({ type: 'refused', kind: 'invalid', job: '../escape' });
    const run = harness.run('scrapes');
    client.send({ type: 'start', run });
    expect(await client.next()).to.include({ type: 'started' });
  });

  it('serves its folder alone', async () => {
    await open();
    const first = pid;
    await startHost({ folder, environment: harness.environment, env: CLEAN_ENV, idleSeconds: 30 });
    await connect();
    expect(pid).to.equal(first);
  });

  it('ends when nobody needs it any more', async () => {
    const { client } = await open(0.1);
    client.socket.destroy();
    await whenChanged(folder, () => textOf(join(folder, 'host.log')).includes('The host ends'));
    expect(existsSync(join(folder, 'host.sock'))).to.equal(false);
  });

  it('takes no more runs once it is told to drain, and ends after the last is acknowledged', async () => {
    const { client } = await open();
    const { run, release } = waitingRun();
    client.send({ type: 'start', run });
    await client.next();
    client.send({ type: 'drain' });
    client.send({ type: 'start', run: harness.run('scrapes') });
    expect(await client.next()).to.include({ type: 'refused', kind: 'unavailable' });
    await whenWritten(run.stdout, 'waiting');
    release();
    expect(await client.next()).to.include({ type: 'exited', job: run.jobId });
    client.send({ type: 'ack', job: run.jobId });
    expect(await client.next()).to.deep.equal({ type: 'end' });
    expect(existsSync(join(folder, 'host.sock'))).to.equal(false);
  });
});
