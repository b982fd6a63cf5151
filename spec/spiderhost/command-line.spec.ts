import { expect } from 'chai';
import { join } from 'node:path';
import { ENVIRONMENT_TIMEOUT_MS } from '../support/environment.ts';
import { linesOf } from '../support/records.ts';
import { openHarness, WAYS } from './harness.ts';
import type { Harness } from './harness.ts';

const WRONG = [
  { cmdArgs: "-a 'x=1", says: 'No closing quotation' },
  { cmdArgs: '--no-such', says: 'unrecognized arguments: --no-such' },
  { cmdArgs: 'other', says: 'unrecognized arguments: other' },
  { cmdArgs: '-a', says: 'argument -a: expected one argument' },
  { cmdArgs: '-a x', says: 'use -a NAME=VALUE' },
];

describe("a run's command line", () => {
  let harness: Harness;

  before(async function () {
    this.timeout(ENVIRONMENT_TIMEOUT_MS);
    harness = await openHarness();
  });

  after(() => harness.close());

  for (const { way, fork } of WAYS) {
    describe(`in ${way}`, () => {
      it('has options as typed in a shell, which the arguments and settings of the request win over', async () => {
        const run = harness.run('looks', {
          fork,
          cmdArgs: `-s COLOUR=blue --set "SHAPE=a ball" -L INFO -a 'words=two words' -a n=1`,
          args: { n: '2' },
          settings: { COLOUR: 'red' },
        });
        const { argv, settings, arguments: given } = await harness.look(run);
        expect(settings).to.deep.include({ COLOUR: 'red', SHAPE: 'a ball', LOG_LEVEL: 'INFO' });
        expect(given).to.deep.equal({ words: 'two words', n: '2' });
        expect((argv as string[]).slice(1).join('|')).to.equal(
          `crawl|looks|-s|COLOUR=blue|--set|SHAPE=a ball|-L|INFO|-a|words=two words|-a|n=1|-an=2|-sCOLOUR=red`,
        );
      });

      it('may say where the items go as well', async () => {
        const output = join(harness.folder, `items-${String(fork)}.jl`);
        const run = harness.run('numbers', { fork, cmdArgs: `-a count=2 -o ${output}` });
        const { err } = await harness.finish(run);
        expect(linesOf(output), err).to.deep.equal([1, 2].map((n) => ({ n: n - 1, text: 'é \u{1f577}' })));
      });

      it('has settings of any kind', async () => {
        const colour = { list: [1, 2.5, null, true, 'é'], empty: {} };
        const run = harness.run('looks', {
          fork,
          settings: {
            COLOUR: colour,
            SHAPE: null,
            LOG_LEVEL: 'INFO',
            CONCURRENT_REQUESTS: 3,
            RETRY_ENABLED: false,
          },
        });
        const { argv, settings } = await harness.look(run);
        expect(settings).to.deep.include({ COLOUR: colour, SHAPE: null });
        expect(argv).to.include.members([
          '-sCOLOUR={"list": [1, 2.5, null, true, "\\u00e9"], "empty": {}}',
          '-sSHAPE=null',
          '-sLOG_LEVEL=INFO',
          '-sRETRY_ENABLED=false',
        ]);
      });

      // Both ways read it by the same code; a fresh interpreter takes a second for each.
      for (const { cmdArgs, says } of fork ? WRONG : WRONG.slice(0, 1)) {
        it(`ends the run and says why if it is wrong: ${cmdArgs}`, async () => {
          const run = harness.run('looks', { fork, cmdArgs });
          const { exit, err } = await harness.finish(run);
          expect(exit.code).to.equal(2);
          expect(err).to.contain(says).and.not.contain('Traceback');
          const [entry, ...more] = linesOf<Record<string, unknown>>(join(run.records, 'logs.jl'));
          expect(more).to.deep.equal([]);
          expect(entry?.level).to.equal(40);
          expect(entry?.message).to.contain(says);
        });
      }
    });
  }
});
