import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSite } from '../../examples/site.ts';
import { zipProject } from '../../examples/zip-project.ts';
import { TestDaemon } from '../../spec/support/daemon.ts';
import { ENVIRONMENT_TIMEOUT_MS, sharedEnvironment } from '../../spec/support/environment.ts';
import { PEER_TIMEOUT_MS } from '../../spec/support/peer-environment.ts';
import { launchBrowser, openPage, type WatchedPage } from './browser.ts';
import { dashboardEnvironment, startDashboard } from './dashboard.ts';

const PROJECT = join(import.meta.dirname, '../../examples/quotes');

/** For `this.timeout()` of a hook that calls {@link setStage}. */
export const STAGE_TIMEOUT_MS = PEER_TIMEOUT_MS + ENVIRONMENT_TIMEOUT_MS;

/** All that takes part, with nothing deployed yet. */
export interface Stage extends AsyncDisposable {
  /** The server that ScrapydWeb looks after: `127.0.0.1:6800`. */
  server: string;
  /** Of ScrapydWeb's pages about it, without a slash. */
  url: string;
  /** The site that the project `quotes` crawls, with a slash. */
  site: string;
  /** Path of that project's zip, which is called `uploaded.zip`. */
  archive: string;
  watched: WatchedPage;
}

/**
 * Starts a site, a daemon with one slot, ScrapydWeb and a browser.
 * With SCRAPYD=127.0.0.1:6800 in the environment that server is looked after instead of the daemon: a real scrapyd,
 * empty, with `max_proc = 1` and `items_dir = items`, tells whether a spec or the daemon is wrong.
 */
export async function setStage(): Promise<Stage> {
  await using stack = new AsyncDisposableStack();
  const environment = await dashboardEnvironment();
  const folder = mkdtempSync(join(tmpdir(), 'orbweaver-ci-'));
  stack.defer(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  const projects = join(folder, 'projects');
  cpSync(PROJECT, join(projects, 'quotes'), { recursive: true });
  const archive = join(folder, 'uploaded.zip');
  writeFileSync(archive, await zipProject(PROJECT));

  const site = await startSite({ port: 0 });
  stack.defer(() => site.close());
  const server = process.env.SCRAPYD ?? (await startDaemon(stack));
  const dashboard = stack.use(await startDashboard({ environment, server, projects }));
  const browser = await launchBrowser();
  stack.defer(() => browser.close());
  const watched = await openPage(browser);

  const rest = stack.move();
  return {
    server,
    url: `${dashboard.url}/1`,
    site: site.url,
    archive,
    watched,
    [Symbol.asyncDispose]: () => rest.disposeAsync(),
  };
}

async function startDaemon(stack: AsyncDisposableStack): Promise<string> {
  await sharedEnvironment();
  const daemon = stack.use(await TestDaemon.start({ args: ['--job-slots', '1'] }));
  return new URL(daemon.url).host;
}
