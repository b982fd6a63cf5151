import { setTimeout as sleep } from 'node:timers/promises';
import { TestDaemon } from '../support/daemon.ts';
import { isAlive, pidsOf } from '../support/processes.ts';
import { account, type Account } from './account.ts';
import { hostsOf, spidersOf } from './processes.ts';
import { readRemembered } from './remembered.ts';
import { drawRounds, type Round } from './rounds.ts';
import type { Rule, Story } from './story.ts';

const RULES: readonly Rule[] = [
  { when: 'every second', min: 1, max: 1 },
  { when: 'every 2 seconds', min: 2, max: 2 },
  { when: 'every 1 to 2 seconds', min: 1, max: 2 },
];
const SECOND_MS = 1000;
const LOOK_EVERY_MS = 50;
/** What has not come to its end by then never will. */
const MOST_MS_TO_DRAIN = 120_000;
/** A process that has told its end is gone in a moment. */
const MOST_MS_TO_GO = 10_000;
/** An idle host without a daemon ends after a minute. */
const MOST_MS_OF_IDLE_HOST = 90_000;

export interface ChaosOptions {
  /** The daemon is killed at least so often. */
  kills: number;
  seed: number;
  /** The longest that a daemon is up or down. */
  mostMs: number;
  /** Whether to see the last host end for want of work, which takes a minute. */
  seesHostsEnd: boolean;
  /** Tells how it gets on. */
  note: (text: string) => void;
}

/** Kills a daemon and its hosts again and again while schedules fire, then accounts for every fire and every job. */
export async function runChaos(daemon: TestDaemon, options: ChaosOptions): Promise<Account> {
  const chaos = new Chaos(daemon, options);
  await chaos.begin();
  await chaos.killAll();
  await chaos.drain();
  return account(readRemembered(daemon.data), chaos.story);
}

class Chaos {
  readonly story: Story = { kills: [], outages: [], schedules: new Map(), acknowledged: [], faults: [] };
  readonly #options: ChaosOptions;
  readonly #data: string;
  #daemon: TestDaemon;
  /** Where in a second a schedule fires. */
  #phaseMs = 0;
  /** Requests under way. */
  readonly #asking: Promise<void>[] = [];

  constructor(daemon: TestDaemon, options: ChaosOptions) {
    this.#daemon = daemon;
    this.#data = daemon.data;
    this.#options = options;
  }

  async begin(): Promise<void> {
    const pushed = await this.#daemon.pushProject('chaos');
    if (pushed.status !== 200) throw new Error(`The project was refused: ${pushed.text}`);
    for (const rule of RULES) {
      const id = await this.#daemon.schedule({ ...SPIDER, when: rule.when });
      this.story.schedules.set(id, rule);
    }
    this.#phaseMs = (readRemembered(this.#data).schedules[0]?.anchorAt ?? 0) % SECOND_MS;
  }

  async killAll(): Promise<void> {
    const { kills, seed, mostMs, note } = this.#options;
    for (const [index, round] of drawRounds({ seed, count: kills, mostMs }).entries()) {
      const done = this.story.kills.filter(({ what }) => what === 'daemon').length;
      if (done >= kills) break;
      note(`round ${index + 1}, ${done} of ${kills} kills: ${round.turn}`);
      await this.#play(round, index);
    }
    await Promise.all(this.#asking);
  }

  /** Has every schedule fire once more, cancels them, and waits until nothing waits or runs. */
  async drain(): Promise<void> {
    const { note, seesHostsEnd } = this.#options;
    note('all kills done; the queue drains');
    const since = this.story.outages.at(-1)?.until ?? 0;
    const firedAgain = () => {
      const fired = readRemembered(this.#data).jobs.filter(({ createdAt }) => createdAt > since);
      return [...this.story.schedules.keys()].every((id) =>
        fired.some(({ scheduleId }) => scheduleId === id),
      );
    };
    await this.#expect('a schedule does not fire any more', MOST_MS_TO_DRAIN, firedAgain);
    for (const id of this.story.schedules.keys()) await this.#daemon.post('/cancel-job.json', { id });
    const isDrained = async () => (await this.#daemon.jobs('status=ACTIVE')).length === 0;
    await this.#expect('jobs wait or run for ever', MOST_MS_TO_DRAIN, isDrained);
    const code = await this.#daemon.kill('SIGTERM');
    if (code !== 0)
      this.story.faults.push(`the daemon stopped with exit code ${code}:\n${this.#daemon.output}`);
    await this.#seeProcessesEnd(seesHostsEnd);
  }

  async #play(round: Round, index: number): Promise<void> {
    // Both ways of starting a run, in turn.
    const spiderMs = round.upMs + round.betweenMs + round.spiderMs;
    this.#ask({ seconds: String(spiderMs / SECOND_MS), fork: index % 2 === 0 ? 'yes' : 'no' });
    await sleep(round.upMs);
    if (round.turn === 'daemon at a fire') await this.#nextFire(round.aimMs);
    // It may be killed before it answers, or just after.
    this.#ask({});
    const from = await this.#kill(round);
    await sleep(round.downMs);
    this.#daemon = await TestDaemon.start({ data: this.#data });
    this.story.outages.push({ from, until: Date.now() });
  }

  /** Kills what it is the turn of, and gives the instant when the daemon was killed first. */
  async #kill({ turn, betweenMs, startMs }: Round): Promise<number> {
    if (turn === 'host, then daemon') {
      this.#killHosts();
      await sleep(betweenMs);
    }
    const from = Date.now();
    await this.#killDaemon();
    if (turn === 'daemon, and at its start') {
      await sleep(betweenMs);
      await TestDaemon.killedAtStart(this.#data, startMs);
      this.story.kills.push({ what: 'daemon', at: Date.now() });
    }
    if (turn === 'daemon, then host' || turn === 'daemon, then host and spiders') {
      await sleep(betweenMs);
      this.#killHosts();
      if (turn === 'daemon, then host and spiders') this.#killSpiders();
    }
    return from;
  }

  async #killDaemon(): Promise<void> {
    const { output } = this.#daemon;
    const code = await this.#daemon.kill('SIGKILL');
    this.story.kills.push({ what: 'daemon', at: Date.now() });
    if (code !== null)
      this.story.faults.push(`the daemon ended by itself with exit code ${code}:\n${output}`);
  }

  #killHosts(): void {
    for (const pid of hostsOf(this.#data)) {
      process.kill(pid, 'SIGKILL');
      this.story.kills.push({ what: 'host', at: Date.now() });
    }
  }

  #killSpiders(): void {
    for (const { pid, job } of spidersOf(this.#data)) {
      if (killIfThere(pid)) this.story.kills.push({ what: 'spider', at: Date.now(), job });
    }
  }

  /** Asks for a job at once. What is not answered may or may not become one. */
  #ask(fields: Record<string, string>): void {
    const asked = this.#daemon.schedule({ ...SPIDER, ...fields }).then(
      (id) => void this.story.acknowledged.push(id),
      () => undefined,
    );
    this.#asking.push(asked);
  }

  async #nextFire(aimMs: number): Promise<void> {
    const sinceMs = (Date.now() - this.#phaseMs) % SECOND_MS;
    await sleep(SECOND_MS - sinceMs + aimMs);
  }

  async #seeProcessesEnd(seesHostsEnd: boolean): Promise<void> {
    const { note } = this.#options;
    const spiders = () => {
      const hosts = hostsOf(this.#data);
      return pidsOf(this.#data).filter((pid) => isAlive(pid) && !hosts.includes(pid));
    };
    await this.#expect('spiders are orphaned', MOST_MS_TO_GO, () => spiders().length === 0);
    const hosts = hostsOf(this.#data);
    if (hosts.length > 1) this.story.faults.push(`${hosts.length} hosts are left: ${hosts.join(', ')}`);
    if (!seesHostsEnd) return;
    note('waiting for the last host, which ends after a minute without work');
    const noHost = () => hostsOf(this.#data).length === 0;
    await this.#expect('an idle host does not end', MOST_MS_OF_IDLE_HOST, noHost);
  }

  async #expect(fault: string, mostMs: number, isSo: () => boolean | Promise<boolean>): Promise<void> {
    const deadline = performance.now() + mostMs;
    while (!(await isSo())) {
      if (performance.now() > deadline) {
        this.story.faults.push(`${fault} (after ${mostMs / SECOND_MS} s)`);
        return;
      }
      await sleep(LOOK_EVERY_MS);
    }
  }
}

const SPIDER = { project: 'chaos', spider: 'marking' };

function killIfThere(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL');
  } catch {
    return false;
  }
}
