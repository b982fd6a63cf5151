// ScrapydWeb 1.6 in a browser, with the daemon as the server that it looks after. The specs are one journey: each goes
// on from where the one before it ended. After each the page is kept as a picture in .cache/scrapydweb.
import { mkdirSync, rmSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { QUOTES } from '../../examples/site-quotes.ts';
import { PAGES } from '../../examples/site.ts';
import { DashboardPages } from './pages.ts';
import { setStage, STAGE_TIMEOUT_MS, type Stage } from './stage.ts';

const PICTURES = join(import.meta.dirname, '../../.cache/scrapydweb');
const TIME = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/;
const RUNTIME = /^0:00:\d\d$/;
/** ScrapydWeb makes it of the time when a file was changed. */
const VERSION = /\d{4}-\d\d-\d\dT\d\d_\d\d_\d\d/;
/** The pages that a whole crawl of the site asks for, with robots.txt. */
const CRAWLED = String(PAGES + 1);

describe('ScrapydWeb 1.6 in a browser', function () {
  this.timeout(40_000);
  this.bail(true);

  const ending = new AsyncDisposableStack();
  let stage: Stage;
  let page: Page;
  let pages: DashboardPages;
  let pictures = 0;

  before(async function () {
    this.timeout(STAGE_TIMEOUT_MS);
    stage = ending.use(await setStage());
    page = stage.watched.page;
    pages = new DashboardPages(page, stage.url);
    rmSync(PICTURES, { recursive: true, force: true });
    mkdirSync(PICTURES, { recursive: true });
  });

  after(() => ending.disposeAsync());

  afterEach(async () => {
    pictures += 1;
    await page.screenshot({ path: join(PICTURES, `${String(pictures).padStart(2, '0')}.png`) });
    expect(stage.watched.faults).to.deep.equal([]);
  });

  it('shows on Servers that the daemon is there, and has nothing to do', async () => {
    await pages.open('servers/');
    const rows = await pages.tableOnce(([row]) => row?.['Status / List info'] === 'ok');
    expect(rows).to.have.lengthOf(1);
    expect(rows[0]).to.include({
      'Scrapyd server': stage.server,
      Hostname: hostname(),
      Pending: '0',
      Running: '0',
      Finished: '0',
      'Status / List info': 'ok',
    });
  });

  it('deploys a project from its folder, as an egg that it builds', async () => {
    await pages.deployFolder();
    expect(page.url()).to.match(new RegExp(`/schedule/quotes/${VERSION.source}/$`));
  });

  it('deploys a project from a zip that is uploaded', async () => {
    await pages.deployFile(stage.archive);
    expect(page.url()).to.match(new RegExp(`/schedule/uploaded/${VERSION.source}/$`));
  });

  it('lists on Projects the projects, their versions and spiders', async () => {
    await pages.open('projects/');
    expect(await pages.text()).to.contain(hostname());
    expect(await page.locator('.collapse h4').allInnerTexts()).to.deep.equal(['quotes', 'uploaded']);
    await page.locator('#project_quotes .title').click();
    const version = page.locator('#versions_of_quotes tbody tr');
    expect(await version.locator('td').first().innerText()).to.match(VERSION);
    await version.getByText('List Spiders').click();
    await version.getByText('Run Spider (quotes)').waitFor();
    await version.getByText('Run Spider (authors)').waitFor();
  });

  it('runs spiders, and shows on Jobs which are pending, running and finished', async () => {
    const { site } = stage;
    const runs = [
      {
        project: 'quotes',
        spider: 'quotes',
        jobid: 'short',
        args: `-d setting=DOWNLOAD_DELAY=0 -d url=${site}`,
      },
      { project: 'quotes', spider: 'quotes', jobid: 'endless', args: `-d url=${site}endless/0?delay=200` },
      { project: 'uploaded', spider: 'authors', jobid: 'waiting', args: `-d url=${site}` },
    ];
    for (const run of runs) await pages.runSpider(run);

    const jobs = await pages.jobsOnce((rows) => rows.some(({ Job, PID }) => Job === 'endless' && PID !== ''));
    const [pending, running, finished] = jobs;
    expect(jobs).to.have.lengthOf(3);
    expect(pending).to.include({ Project: 'uploaded', Spider: 'authors', Job: 'waiting', Action: 'Cancel' });
    expect(pending).to.include({ Start: '', Runtime: '', Finish: '', PID: '' });
    expect(running).to.include({ Project: 'quotes', Spider: 'quotes', Job: 'endless', Action: 'Stop' });
    expect(running?.PID).to.match(/^\d+$/);
    expect(running?.Start).to.match(TIME);
    expect(running?.Runtime).to.match(RUNTIME);
    expect(running?.Finish).to.equal('');
    expect(finished).to.include({
      Project: 'quotes',
      Spider: 'quotes',
      Job: 'short',
      Action: 'Start',
      PID: '',
    });
    expect(finished?.Start).to.match(TIME);
    expect(finished?.Runtime).to.match(RUNTIME);
    expect(finished?.Finish).to.match(TIME);
  });

  it('counts them at the top of each page', async () => {
    await page.waitForFunction('document.querySelector("#nav_finished").innerText !== ""');
    const counts = await page.locator('#nav_daemonstatus span').allInnerTexts();
    expect(counts).to.deep.equal([hostname(), '1', '1', '1']);
  });

  it('shows them without its database, in three tables', async () => {
    await pages.open('jobs/?style=classic');
    const text = await pages.text();
    expect(text).to.match(/Pending \(1\)\n.*\nuploaded\tauthors\twaiting\tCancel\n/);
    expect(text).to.match(
      /Running \(1\).*\n.*\nquotes\tquotes\tendless\t\d+\t\S+ \S+\t0:00:\d\d\t.*\tStop\t/,
    );
    expect(text).to.match(/Finished \(1\).*\n.*\nquotes\tquotes\tshort\t.*\tStats\tLog\tItems\tStart/);
  });

  it('lists on Servers the jobs that run', async () => {
    await pages.open('servers/');
    await page.getByRole('tab', { name: 'List Running Jobs' }).click();
    const tab = page.getByRole('tabpanel');
    await tab.getByPlaceholder('the project name').fill('quotes');
    await tab.getByRole('button', { name: 'List Running Jobs' }).click();
    const [row] = await pages.tableOnce(
      ([first]) => first?.['Status / List info']?.includes('endless') === true,
    );
    expect(row?.['Status / List info']).to.contain('endless').and.not.contain('short');
  });

  for (const [jobid, action, state] of [
    ['waiting', 'Cancel', 'pending'],
    ['endless', 'Stop', 'running'],
  ] as const) {
    it(`ends a ${state} job by its ${action}`, async () => {
      await pages.open('jobs/?style=database');
      // It shows the daemon's answer, and then loads the page again.
      const [answer] = await Promise.all([
        page.waitForEvent('dialog'),
        page.waitForEvent('load'),
        pages.inRow(jobid, action).click(),
      ]);
      expect(JSON.parse(answer.message())).to.include({ status: 'ok', prevstate: state });
      const jobs = await pages.jobsOnce((rows) =>
        rows.every(({ Job, Finish }) => Job !== jobid || Finish !== ''),
      );
      const left = jobs.map(({ Job }) => Job);
      expect(left).to.deep.equal(['endless', 'short']);
    });
  }

  it('shows on Stats what it finds in the log of a job', async () => {
    await pages.follow('short', 'Stats');
    const stats = await pages.text();
    for (const [name, value] of [
      ['first_log_time', '\\S+ \\d\\d:\\d\\d:\\d\\d'],
      ['crawled_pages', CRAWLED],
      ['scraped_items', String(QUOTES.length)],
      ['finish_reason', 'finished'],
      ['log_error_count', '0'],
    ] as const) {
      expect(stats).to.match(new RegExp(`^${name}\\s+${value}$`, 'm'));
    }
  });

  it('shows the log of a job', async () => {
    await pages.follow('short', 'Log');
    expect(await page.locator('#log').innerText()).to.contain('INFO: Spider closed (finished)');
  });

  it('goes to the log and the items on the daemon', async () => {
    await pages.follow('short', 'Source');
    expect(page.url()).to.equal(`http://${stage.server}/logs/quotes/quotes/short.log`);
    expect(await page.locator('body').innerText()).to.contain('INFO: Spider closed (finished)');
    await pages.follow('short', 'Items');
    expect(page.url()).to.equal(`http://${stage.server}/items/quotes/quotes/short.jl`);
    const lines = (await page.locator('body').innerText()).trim().split('\n');
    const texts = lines.map((line) => (JSON.parse(line) as { text: string }).text);
    expect(texts).to.have.members(QUOTES.map(({ text }) => text));
  });

  it('reports on Node Reports how the jobs went', async () => {
    await pages.open('nodereports/');
    const reports = await pages.tableOnce((rows) => rows.every(({ Reason }) => Reason !== 'N/A'));
    const ofJob = (jobid: string) => reports.find(({ job }) => job === jobid);
    expect(reports).to.have.lengthOf(2);
    expect(ofJob('short')).to.include({ Reason: 'finished', Error: '0' });
    expect(ofJob('short')).to.include({ Pages: CRAWLED, Items: String(QUOTES.length) });
    expect(ofJob('endless')).to.include({ Reason: 'shutdown', Error: '0' });
  });

  for (const [what, files] of [
    ['logs', ['endless.log', 'short.log']],
    ['items', ['endless.jl', 'short.jl']],
  ] as const) {
    it(`goes through the folders of the ${what}`, async () => {
      await pages.open(`${what}/`);
      for (const folder of ['quotes/', 'quotes/quotes/']) {
        // The project that ran nothing has no folder.
        expect((await pages.table()).map(({ Filename }) => Filename)).to.deep.equal(['quotes/']);
        await page.locator('#app').getByText('quotes/', { exact: true }).click();
        await page.waitForURL(`**/${what}/${folder}`);
      }
      const rows = await pages.table();
      expect(rows.map(({ Filename }) => Filename)).to.have.members(files);
      for (const row of rows) {
        expect(row.Size).to.match(/^\d+[BK]$/);
        expect(row['Last modified']).to.match(/^\d{4}-\d\d-\d\d \d\d:\d\d$/);
      }
    });
  }

  it('deletes a version and a project', async () => {
    await pages.open('projects/');
    for (const [project, button, done] of [
      ['uploaded', 'Delete Version', 'version deleted'],
      ['quotes', 'Delete Project', 'project deleted'],
    ] as const) {
      await page.locator(`#project_${project} .title`).click();
      const versions = page.locator(`#versions_of_${project}`);
      await versions.locator('a').getByText(button).click();
      await versions.getByText(done).waitFor();
    }
    await pages.open('projects/');
    expect(await pages.text()).to.contain('No projects found');
  });
});
