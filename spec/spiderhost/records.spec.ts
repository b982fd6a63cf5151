import { expect } from 'chai';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Run } from '../../src/jobs/runner.ts';
import { serve } from '../http/serve.ts';
import { ENVIRONMENT_TIMEOUT_MS } from '../support/environment.ts';
import { indexOf, linesOf, tallyOf } from '../support/records.ts';
import { textOf } from '../support/text-of.ts';
import { execFileText, modeOf, openHarness, WAYS } from './harness.ts';
import type { Harness } from './harness.ts';

const MODULE = 'surroundings.settings';

interface LogEntry {
  time: number;
  level: number;
  message: string;
}

const logsOf = (run: Run) => linesOf<LogEntry>(join(run.records, 'logs.jl')) as LogEntry[];
const messagesOf = (run: Run) => logsOf(run).map(({ message }) => message);

/** Paths, with the status and what the pages say: links, one a line. */
const PAGES: Record<string, [status: number, body: string]> = {
  '/start': [200, '/a\n/b'],
  '/a': [200, '/c'],
  '/b': [503, ''],
  '/c': [200, ''],
};

/** What ends a run before its spider has begun, and what is said of it. */
const ENDINGS = [
  {
    ending: 'settings that do not import',
    ...{ spider: 'logs', settingsModule: 'no.such', settings: {} },
    says: "No module named 'no'",
  },
  {
    ending: 'a spider that cannot be made',
    ...{ spider: 'raises-early', settingsModule: MODULE, settings: {} },
    says: 'the constructor fails',
  },
  {
    ending: 'a spider that there is not',
    ...{ spider: 'no-such', settingsModule: MODULE, settings: {} },
    says: 'no-such',
  },
  {
    ending: 'a setting that Scrapy cannot use',
    ...{ spider: 'logs', settingsModule: MODULE, settings: { LOG_LEVEL: 'LOUD' } },
    says: "Unknown level: 'LOUD'",
  },
];

describe("a run's records", () => {
  let harness: Harness;

  before(async function () {
    this.timeout(ENVIRONMENT_TIMEOUT_MS);
    harness = await openHarness();
  });

  after(() => harness.close());

  for (const { way, fork } of WAYS) {
    describe(`in ${way}`, () => {
      it('are closed to others', async () => {
        const run = harness.run('numbers', { fork, args: { count: '1' } });
        await harness.finish(run);
        expect(modeOf(run.records)).to.equal('700');
        for (const name of ['items.index', 'items.tally', 'logs.jl', 'logs.index', 'logs.tally']) {
          expect(modeOf(join(run.records, name)), name).to.equal('600');
        }
      });

      it('have an index of their items, and a tally', async () => {
        const run = harness.run('numbers', { fork, args: { count: '200' } });
        const before = Date.now();
        const { err } = await harness.finish(run);
        expectIndexToFit(run, 200);
        const entries = indexOf(run.records, 'items');
        expect(entries.map(({ number }) => number)).to.include.members([0, 64, 128, 192]);
        for (const { time } of entries) expect(time).to.be.within(before, Date.now());
        // {n, text}: a map, two names, 8 bytes of text with their length; 72 numbers take two bytes.
        expect(tallyOf(run.records, 'items'), err).to.deep.equal({
          count: 200,
          bytes: 200 * (1 + 2 + 5 + 8 + 1) + 72,
          counts: { n: 200, text: 200 },
          offset: statSync(run.items!).size,
        });
      });

      it('count no line that a full disk cut short', async () => {
        const run = harness.run('out-of-space', { fork });
        const { exit, err } = await harness.finish(run);
        expect(exit.code, err).to.equal(0);
        expect(linesOf(run.items!).slice(1)).to.deep.equal([undefined, { n: 'a limit' }, { n: 2 }]);
        expectIndexToFit(run, 3);
        expect(indexOf(run.records, 'items').map(({ number }) => number)).to.deep.equal([0, 1]);
        expect(tallyOf(run.records, 'items')).to.deep.include({ count: 3, counts: { n: 3 } });
        expect(err.match(/An item could not be kept: OSError/g)).to.have.length(1);
      });

      it('are shared by the crawlers and the processes of a command of the project', async () => {
        const settings = { COMMANDS_MODULE: 'surroundings.commands' };
        const run = harness.run('numbers', { fork, args: { count: '70' }, settings });
        const { exit, err } = await harness.finish(run);
        expect(exit.code, err).to.equal(0);
        expectIndexToFit(run, 280);
        expect(tallyOf(run.records, 'items')).to.include({ count: 280 });
        expect(messagesOf(run).filter((text) => text.includes('Spider opened'))).to.have.length(4);
        expect(tallyOf(run.records, 'logs').count).to.equal(logsOf(run).length);
      });

      it('have what is logged, with time and level', async () => {
        const run = harness.run('logs', { fork });
        const before = Date.now();
        const { err } = await harness.finish(run);
        const entries = logsOf(run);
        for (const { time } of entries) expect(time).to.be.within(before - 1000, Date.now());
        const levels = Object.fromEntries(entries.map(({ message, level }) => [message, level]));
        expect(levels, err).to.include({
          '[logs] made: é \u2028 \u{1f577}': 30,
          '[logs] a detail': 10,
          '[logs] between two levels': 25,
          '[value] a a value': 20,
          '[value] a %s': 20,
          '[value] a %d': 20,
          '[logs] from a thread': 20,
          '[scrapy.core.engine] Spider opened': 20,
        });
        const [failure] = entries.filter(({ level }) => level === 40);
        expect(failure?.message)
          .to.match(/^\[scrapy\.core\.scraper\] .+\nTraceback /)
          .and.contain('\nValueError: the callback fails');
        const text = messagesOf(run).join('\n');
        expect(text).to.contain('[py.warnings] ').and.contain('it gets late').and.not.contain('for nobody');
        const counts: Record<string, number> = {};
        for (const { level } of entries) counts[level] = (counts[level] ?? 0) + 1;
        expect(tallyOf(run.records, 'logs')).to.deep.include({ count: entries.length, counts });
      });

      it('have of the log what LOG_LEVEL asks for, also where LOG_ENABLED is false', async () => {
        const little = harness.run('logs-little', { fork, settings: { LOG_ENABLED: false } });
        expect((await harness.finish(little)).err).not.to.contain('[logs-little]');
        expect(messagesOf(little)).to.include('[logs-little] made: é \u2028 \u{1f577}');
        expect(messagesOf(little)).not.to.include('[logs-little] between two levels');
        const less = harness.run('logs-little', { fork, settings: { LOG_LEVEL: 'ERROR' } });
        await harness.finish(less);
        expect(logsOf(less).map(({ level }) => level)).to.deep.equal([40]);
      });

      // Both ways find it out by the same code; a fresh interpreter takes a second for each.
      for (const { ending, spider, settingsModule, settings, says } of fork ? ENDINGS : ENDINGS.slice(0, 2)) {
        it(`say why ${ending} ended the run`, async () => {
          const run = harness.run(spider, { fork, settingsModule, settings });
          const { exit, err } = await harness.finish(run);
          expect(exit.code).to.equal(1);
          const errors = logsOf(run).filter(({ level }) => level >= 40);
          expect(errors, err).to.have.length(1);
          expect(errors[0]?.message).to.contain('Traceback').and.contain(says);
        });
      }

      it('say why a run could not be set up', async () => {
        const run = harness.run('logs', { fork, projectFolder: '/no/such/folder' });
        await harness.finish(run);
        expect(messagesOf(run)).to.have.length(1);
        expect(messagesOf(run)[0]).to.match(/^The run could not be set up: /);
      });

      it('hold no more of the log than the output of a run may', async () => {
        const run = harness.run('logs-on', { fork, outputLimit: 10_000 });
        await harness.finish(run);
        const last = logsOf(run).at(-1);
        expect(last?.level).to.equal(30);
        expect(last?.message).to.contain('reached its limit of 10000 bytes');
        expect(textOf(join(run.records, 'logs.jl'))).to.have.length.within(9_500, 10_200);
      });

      it('have the requests, and which led to which', async () => {
        await using site = await serve((req, res) => {
          if (req.url === '/') {
            res.writeHead(302, { location: '/start' }).end();
            return;
          }
          const [status, body] = PAGES[req.url!]!;
          res.writeHead(status).end(body);
        });
        const run = harness.run('links', { fork, args: { url: `${site.url}/` } });
        const { exit, err } = await harness.finish(run);
        expect(exit.code, err).to.equal(0);
        const requests = linesOf<Record<string, unknown>>(join(run.records, 'requests.jl'));
        const known = requests.map((request) => {
          const { time, duration, fp, url, ...rest } = request!;
          expect(time).to.be.within(Date.now() - 60_000, Date.now());
          expect(duration).to.be.within(0, 10_000);
          expect(fp).to.match(/^[0-9a-f]{40}$/);
          return { ...rest, path: (url as string).slice(site.url.length) };
        });
        const numberOf = (path: string) => known.findIndex((request) => request.path === path);
        const page = (path: string, parent: string | null, status: number, rs: number) => ({
          ...{ path, status, method: 'GET', rs },
          ...(parent === null ? {} : { parent: numberOf(parent) }),
        });
        expect(known).to.have.deep.members([
          page('/', null, 302, 0),
          page('/start', '/', 200, 5),
          page('/a', '/start', 200, 2),
          page('/b', '/start', 503, 0),
          page('/b', '/b', 503, 0),
          page('/c', '/a', 200, 0),
        ]);
        expect(Object.keys(requests[1]!).join()).to.equal('url,status,method,rs,duration,parent,time,fp');
        const all = { url: 6, status: 6, method: 6, rs: 6, duration: 6 };
        expect(tallyOf(run.records, 'requests')).to.deep.include({
          count: 6,
          counts: { ...all, parent: 5, fp: 6 },
        });
        expect(indexOf(run.records, 'requests')[0]).to.include({ number: 0, offset: 0 });
      });
    });
  }

  it('are sized as MessagePack would be', async () => {
    const sizes: [json: string, size: number][] = [
      ['null', 1],
      ['true', 1],
      ['1.0', 9],
      ...(['-32', '0', '127'] as const).map((n): [string, number] => [n, 1]),
      ...(['-33', '-128', '128', '255'] as const).map((n): [string, number] => [n, 2]),
      ...(['-129', '-32768', '256', '65535'] as const).map((n): [string, number] => [n, 3]),
      ...(['-32769', '-2147483648', '65536', '4294967295'] as const).map((n): [string, number] => [n, 5]),
      ...(['-2147483649', '-9223372036854775808', '4294967296', '18446744073709551615'] as const).map(
        (n): [string, number] => [n, 9],
      ),
      ['18446744073709551616', 21],
      ['-9223372036854775809', 21],
      ['""', 1],
      ['"é"', 3],
      ['"\\ud83d\\udd77"', 5],
      ['"\\ud83d"', 4],
      ...[31, 32, 255, 256, 65_535, 65_536].map((length): [string, number] => [
        JSON.stringify('x'.repeat(length)),
        length + (length < 32 ? 1 : length < 256 ? 2 : length < 65_536 ? 3 : 5),
      ]),
      ['[]', 1],
      [JSON.stringify(Array(15).fill(0)), 16],
      [JSON.stringify(Array(16).fill(0)), 19],
      [JSON.stringify(Array(65_536).fill(0)), 65_541],
      ['{"a": {"b": [1, "c"]}}', 10],
      [`${'['.repeat(900)}${']'.repeat(900)}`, 900],
    ];
    const code =
      'import json, sys; from _orbweaver_spiderhost.msgpack_size import msgpack_size; ' +
      'print([msgpack_size(json.loads(line)) for line in sys.stdin])';
    const python = execFileText(join(harness.environment, 'bin/python'), ['-c', code], {
      env: { PYTHONPATH: join(import.meta.dirname, '../../src/spiderhost/python') },
    });
    python.child.stdin?.end(sizes.map(([json]) => json).join('\n'));
    expect(JSON.parse((await python).stdout)).to.deep.equal(sizes.map(([, size]) => size));
  });

  it('are left out, without a fault, where loggers and Scrapy are not as expected', async () => {
    const code = `
import logging, sys, tempfile
from pathlib import Path
import scrapy.utils.log
from scrapy import Request
from scrapy.http import Response
from _orbweaver_spiderhost.log_records import LogRecords
from _orbweaver_spiderhost.request_records import link_requests
from _orbweaver_spiderhost.run_records import _LOGS
from _orbweaver_spiderhost.record_file import RecordFile

folder = Path(tempfile.mkdtemp())
LogRecords(RecordFile(_LOGS, folder / "logs.jl", folder), 10000).install()
logging.lastResort = None
logging.getLogger().handle(logging.makeLogRecord({"levelno": "high", "name": "x", "msg": "odd"}))
del scrapy.utils.log.get_scrapy_root_handler
logging.error("no such handler")

class Scraper:
    def _process_spidermw_output(self, *, result, response):
        return result

class Closed:
    __slots__ = ()
    def _process_spidermw_output(self, output):
        return output

class Engine:
    pass

link_requests(Engine())
engine = Engine()
engine.scraper = Closed()
link_requests(engine)
engine.scraper = Scraper()
link_requests(engine)
request, response = Request("http://a/"), Response("http://b/")
assert engine.scraper._process_spidermw_output(response=response, result=request) is request
print("went well")
`;
    const python = execFileText(join(harness.environment, 'bin/python'), ['-c', code], {
      env: { PYTHONPATH: join(import.meta.dirname, '../../src/spiderhost/python') },
    });
    expect((await python).stdout).to.equal('went well\n');
  });

  /** Each entry is where the record of its number begins, whatever else is in the file; none is missing. */
  function expectIndexToFit(run: Run, count: number): void {
    const bytes = readFileSync(run.items!);
    const entries = indexOf(run.records, 'items');
    let seen = 0;
    for (const [at, { number, offset }] of entries.entries()) {
      const next = entries[at + 1];
      const lines = bytes.subarray(offset, next?.offset).toString().split('\n').slice(0, -1);
      const records = lines.slice(0, next && next.number - number).map((line) => JSON.parse(line) as unknown);
      expect(number).to.equal(seen);
      expect(records.length).to.be.within(1, 64);
      seen += records.length;
    }
    expect(seen).to.equal(count);
  }
});
