import { expect } from 'chai';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ENVIRONMENT_TIMEOUT_MS } from '../support/environment.ts';
import { openHarness, WAYS, whenChanged, whenWritten } from './harness.ts';
import type { Harness } from './harness.ts';
import { textOf } from '../support/text-of.ts';

const ITEMS = [
  { n: 1, text: 'Grüße\nin two lines', when: '2026-01-02T03:04:05' },
  { n: 2, bytes: 'raw', nan: null, set: [1], object: "<class 'object'>" },
  { n: 4, '5': 'a number for a key' },
];

const MODES = [
  { mode: "on asyncio's reactor", spider: 'scrapes', settings: {} },
  { mode: 'of a spider with extensions of its own', spider: 'own-extensions', settings: {} },
  {
    mode: "on Twisted's own reactor",
    spider: 'scrapes',
    settings: { TWISTED_REACTOR: 'twisted.internet.epollreactor.EPollReactor' },
  },
  { mode: 'without a reactor', spider: 'scrapes', settings: { TWISTED_REACTOR_ENABLED: 'False' } },
];

describe('the reporter', () => {
  let harness: Harness;

  before(async function () {
    this.timeout(ENVIRONMENT_TIMEOUT_MS);
    harness = await openHarness();
  });

  after(() => harness.close());

  for (const { way, fork } of WAYS) {
    describe(`in ${way}`, () => {
      for (const { mode, spider, settings } of MODES) {
        it(`keeps the items and the stats ${mode}`, async () => {
          const run = harness.run(spider, { fork, settings });
          const { exit, err } = await harness.finish(run);
          expect(exit.code, err).to.equal(0);
          expect(itemsIn(run.items!)).to.deep.equal(ITEMS);
          const stats = JSON.parse(textOf(run.stats)) as Record<string, unknown>;
          expect(stats).to.include({
            item_scraped_count: 4,
            finish_reason: 'finished',
            close_reason: 'finished',
          });
          expect(err).to.contain('An item could not be kept: ');
        });
      }

      it("leaves the project's own extensions at work", async () => {
        const { out } = await harness.finish(harness.run('scrapes', { fork }));
        expect(out).to.contain("the project's own extension greets");
      });

      it('writes items at once and stats every second while the crawl goes on', async () => {
        const release = join(harness.folder, `go-${String(fork)}`);
        const run = harness.run('goes-on', { fork, args: { release } });
        await harness.hosts.start(run);
        await whenWritten(run.items!, '"n": 5');
        await whenChanged(harness.folder, () => scraped(run.stats) > 5);
        expect(JSON.parse(textOf(run.stats))).not.to.have.property('close_reason');
        writeFileSync(release, '');
        expect((await harness.end(run)).exit.code).to.equal(0);
        expect(scraped(run.stats)).to.equal(itemsIn(run.items!).length);
      });

      it('keeps no items if none are asked for', async () => {
        const run = harness.run('scrapes', { fork, items: null });
        await harness.finish(run);
        expect(existsSync(join(harness.folder, `${run.jobId}.items`))).to.equal(false);
        expect(scraped(run.stats)).to.equal(4);
      });
    });
  }
});

function itemsIn(path: string): unknown[] {
  const lines = textOf(path).trimEnd().split('\n');
  return lines.map((line): unknown => JSON.parse(line));
}

function scraped(stats: string): number {
  const text = textOf(stats);
  return text === '' ? 0 : ((JSON.parse(text) as { item_scraped_count?: number }).item_scraped_count ?? 0);
}
