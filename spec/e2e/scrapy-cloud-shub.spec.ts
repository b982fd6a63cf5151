import {
  appendFileSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { expect } from 'chai';
import { PAGES, QUOTES_PER_PAGE, startSite, type Site } from '../../examples/site.ts';
import { QUOTES } from '../../examples/site-quotes.ts';
import { whenChanged } from '../spiderhost/harness.ts';
import { sharedEnvironment } from '../support/environment.ts';
import { packagesFolder, sourceDistribution, uvFolder } from '../support/packages.ts';
import { PEER_TIMEOUT_MS } from '../support/peer-environment.ts';
import { KEY, ScrapyCloudDaemon } from '../support/scrapy-cloud-daemon.ts';
import { scrapyCloudPeers } from '../support/scrapy-cloud-peers.ts';
import { eggOf } from '../support/scrapyd-egg.ts';
import { multipart } from '../support/send.ts';
import { Shub, type Printed } from '../support/shub.ts';

const EXAMPLE = join(import.meta.dirname, '../../examples/quotes');
const PROJECT = 4711;

/** The site's last two pages, and what stands on them. */
const START = `page/${PAGES - 1}/`;
const TEXTS = QUOTES.map(({ text }) => text).slice((PAGES - 2) * QUOTES_PER_PAGE);

const BROKEN = `import scrapy
import six


class Broken(scrapy.Spider):
    name = "broken"

    def __init__(self, *args, **kwargs):
        raise RuntimeError("no luck with six " + six.__version__)
`;

type Line = Record<string, unknown>;

describe('the real shub', function () {
  this.timeout(120_000);
  let folder = '';
  let project = '';
  let cloud: ScrapyCloudDaemon;
  let shub: Shub;
  let site: Site;
  let login: Printed;
  let deploy: Printed;

  before(async function () {
    this.timeout(PEER_TIMEOUT_MS);
    folder = mkdtempSync(join(tmpdir(), 'orbweaver-shub-'));
    const shared = await sharedEnvironment();
    const [peers, packages, uv] = await Promise.all([scrapyCloudPeers(), packagesFolder(shared), uvFolder()]);
    const wheels = join(folder, 'wheels');
    cpSync(packages, wheels, { recursive: true });
    const waits = `import os, sys, time
    print("the build waits", file=sys.stderr, flush=True)
    while not os.path.exists(${JSON.stringify(join(folder, 'gate'))}): time.sleep(0.02)
    raise RuntimeError("the build gives up")`;
    writeFileSync(join(wheels, 'waits-1.0.tar.gz'), sourceDistribution('waits', waits));

    const environments = join(folder, 'environments');
    cpSync(join(shared.folder, '..'), environments, {
      recursive: true,
      filter: (path) => path === join(shared.folder, '..'),
    });
    symlinkSync(shared.folder, join(environments, basename(shared.folder)));
    site = await startSite({ port: 0 });
    cloud = await ScrapyCloudDaemon.start(
      { [PROJECT]: { name: 'quotes' }, 123: { name: 'trouble' } },
      {
        args: ['--environments', environments, '--job-slots', '2', '--wheels', wheels],
        env: {
          PIP_CONFIG_FILE: '/dev/null',
          PIP_FIND_LINKS: '',
          PATH: `${uv}:${process.env.PATH ?? ''}`,
        },
      },
    );

    project = join(folder, 'project');
    cpSync(EXAMPLE, project, { recursive: true });
    writeFileSync(join(project, 'quotes', 'spiders', 'broken.py'), BROKEN);
    appendFileSync(join(project, 'quotes', 'settings.py'), 'DOWNLOAD_DELAY = 0\n');
    writeFileSync(join(project, 'requirements.txt'), 'six==1.16.0\n');
    writeFileSync(
      join(project, 'scrapinghub.yml'),
      `project: ${PROJECT}\nrequirements:\n  file: requirements.txt\n`,
    );
    shub = new Shub({ environment: peers, home: join(folder, 'home'), url: cloud.url });
    login = await shub.run(project, ['login'], { input: `${'a'.repeat(32)}\n${KEY}\n` });
    deploy = await shub.run(project, ['deploy', '--version', '1.0-main', '--verbose']);
  });
  after(async () => {
    await cloud[Symbol.asyncDispose]();
    await site.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Runs a command that must succeed; gives its stdout. */
  const does = async (...args: string[]): Promise<string> => {
    const printed = await shub.run(project, args);
    expect(printed.code, `shub ${args.join(' ')}\n${printed.stdout}${printed.stderr}`).to.equal(0);
    return printed.stdout;
  };
  const linesOf = async (...args: string[]): Promise<Line[]> => {
    const lines = (await does(...args)).split('\n').filter((line) => line !== '');
    return lines.map((line) => JSON.parse(line) as Line);
  };
  /** Schedules a spider; gives the key of its job. */
  const schedule = async (spider: string, ...args: string[]): Promise<string> => {
    const printed = await does('schedule', spider, ...args);
    const key = /job ID: (\d+\/\d+\/\d+)\n/.exec(printed)?.[1];
    expect(key, printed).to.match(new RegExp(`^${PROJECT}/`));
    return key!;
  };

  it('logs in with a key that the daemon knows, and with no other', () => {
    expect(login.stdout).to.contain('API key failed, try again.').and.to.contain('API key is OK');
    expect(login.code, login.stderr).to.equal(0);
  });

  it('deploys a project with its requirements, and prints the build as it goes on', async () => {
    expect(deploy.code, deploy.stdout + deploy.stderr).to.equal(0);
    expect(deploy.stdout).to.contain('six==1.16.0');
    const answer = deploy.stdout.split('\n').find((line) => line.startsWith('{')) ?? '';
    expect(JSON.parse(answer)).to.include({ status: 'ok' });
    const { spiders } = await cloud.json(`/api/spiders/list.json?project=${PROJECT}`);
    expect(spiders).to.deep.equal(
      ['authors', 'broken', 'quotes'].map((id) => ({ id, tags: [], type: 'manual', version: '1.0-main' })),
    );
  });

  it('runs a spider and shows the same count of items everywhere', async () => {
    const options = [
      '-a',
      `url=${site.url}${START}`,
      '-s',
      'LOG_LEVEL=DEBUG',
      '-e',
      'COLOUR=blue',
      '-t',
      'a',
      '-t',
      'b',
    ];
    const key = await schedule('quotes', ...options, '-p', '3');
    const job = await cloud.finished(key);
    expect(job).to.deep.include({
      state: 'finished',
      close_reason: 'finished',
      spider: 'quotes',
      project: PROJECT,
      priority: 3,
      units: 1,
      version: '1.0-main',
      tags: ['a', 'b'],
      spider_args: { url: site.url + START },
      job_settings: { LOG_LEVEL: 'DEBUG' },
      environment: { COLOUR: 'blue' },
    });
    const stats = job.scrapystats as Line;
    const stored = await cloud.json(`/items/${key}/stats`);
    const items = await linesOf('items', key);
    expect([stats.item_scraped_count, stored.totals.input_values, items.length]).to.deep.equal(
      Array(3).fill(TEXTS.length),
    );
    expect(items.map(({ text }) => text)).to.deep.equal(TEXTS);
    expect(await linesOf('items', '-n', '2', key)).to.deep.equal(items.slice(-2));

    const requests = await linesOf('requests', key);
    expect(requests).to.have.length(stats['downloader/response_count'] as number);
    const pages = requests.filter(({ url }) => !(url as string).endsWith('/robots.txt'));
    expect(pages).to.have.length(2);
    expect(pages[0]).to.include({ url: site.url + START, method: 'GET', status: 200 });
    expect(pages[1]).to.include({ parent: requests.indexOf(pages[0]!) });

    const log = await does('log', key);
    expect(log).to.match(/^\d{4}-\d\d-\d\d [\d:.]+ INFO .*Spider opened$/m);
    expect(log).to.match(/ DEBUG .*Scraped from/);
    const counts = (await cloud.json(`/logs/${key}/stats`)).counts as Record<string, number>;
    const rows = await linesOf('log', '--json', key);
    expect(rows).to.have.length(Object.values(counts).reduce((sum, count) => sum + count, 0));
  });

  it('shows what a spider does while it runs, and cancels it', async () => {
    const key = await schedule('quotes', '-a', `url=${site.url}endless/1?delay=50`);
    await cloud.until(
      () => cloud.json(`/items/${key}/stats`) as Promise<{ totals: Line }>,
      ({ totals }) => (totals.input_values as number) >= 2,
    );
    expect(await cloud.json(`/jobs/${key}/state`)).to.equal('running');
    const again = await shub.run(project, ['schedule', 'quotes', '-a', `url=${site.url}endless/1?delay=50`]);
    expect([again.code, again.stderr]).to.deep.equal([76, 'Error: quotes already scheduled\n']);
    const items = await linesOf('items', key);
    expect(items[0]).to.include({ text: 'Page 1 of endlessly many.' });
    expect(await does('cancel', '--force', String(PROJECT), key.split('/').slice(1).join('/'))).to.equal(
      "{'count': 1}\n",
    );
    const job = await cloud.finished(key);
    expect(job).to.include({ close_reason: 'cancelled' });
    expect(job.scrapystats).to.include({ item_scraped_count: (await linesOf('items', key)).length });
  });

  it('shows why a spider failed that could not be made, with the requirements of the project', async () => {
    const key = await schedule('broken');
    expect(await cloud.finished(key)).to.include({ state: 'finished', close_reason: 'failed' });
    expect(await does('log', key)).to.match(/ ERROR [^]*RuntimeError: no luck with six 1\.16\.0/);
    expect(await does('items', key)).to.equal('');
  });

  it('says what is wrong in the words of the daemon', async () => {
    const missing = await shub.run(project, ['schedule', 'nobody']);
    expect(missing.code, missing.stdout).to.equal(76);
    expect(missing.stderr).to.match(/^Error: .*"nobody"/);
    const unknown = await shub.run(project, ['log', `${PROJECT}/1/999`]);
    expect([unknown.code, unknown.stderr]).to.deep.equal([
      69,
      `Error: Job ${PROJECT}/1/999 does not exist\n`,
    ]);
  });

  it('ends with the reason when a build fails, which leaves the version before it', async () => {
    const failing = join(folder, 'failing');
    cpSync(project, failing, { recursive: true });
    writeFileSync(join(failing, 'requirements.txt'), 'waits\n');
    // The build goes on only when something of it has been printed.
    const deployed = await shub.run(failing, ['deploy', '--version', '2.0', '--verbose'], {
      onPrinted: (text) => {
        if (text.includes('Making a Python environment')) writeFileSync(join(folder, 'gate'), '');
      },
    });
    expect(deployed.code, deployed.stdout).to.equal(76);
    expect(deployed.stderr).to.match(/^Error: Deploy failed: .*the build gives up/s);
    const { spiders } = await cloud.json(`/api/spiders/list.json?project=${PROJECT}`);
    expect(spiders[0]).to.include({ version: '1.0-main' });
    // They go when the answer is out.
    const uploads = join(cloud.daemon.data, 'uploads');
    await whenChanged(uploads, () => readdirSync(uploads).length === 0);
  });

  it('is answered without a build where the environment is there, or nothing has to be built to refuse', async () => {
    const deployed = async (fields: Record<string, string>) => {
      const egg = eggOf('trouble');
      const sent = multipart({ project: '123', version: '1.1', egg, ...fields });
      const response = await cloud.fetch('/api/scrapyd/addversion.json', { method: 'POST', ...sent });
      return [response.status, await response.text()] as const;
    };
    expect(await deployed({ requirements: 'six == 1.16.0' })).to.deep.equal([
      200,
      '{"status":"ok","project":123,"version":"1.1","spiders":7}\n',
    ]);
    for (const [fields, message] of [
      [{ egg: 'no zip' }, /zip archive/],
      [{ requirements: '#'.repeat(300 * 1024) }, /requirements\.txt/],
    ] as const) {
      const [status, text] = await deployed(fields);
      expect([status, (JSON.parse(text) as Line).status]).to.deep.equal([400, 'error']);
      expect(text).to.match(message);
    }
  });
});
