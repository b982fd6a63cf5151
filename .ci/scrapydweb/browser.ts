import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';

const COMMANDS = ['chromium', 'chromium-browser', 'google-chrome'];

/** By the browser itself: routes of Playwright would switch its cache off. */
const NO_OTHER_HOSTS = '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1';

/**
 * A headless Chromium of this machine, which talks to nothing but this machine.
 * @throws Error that says what to install
 */
export function launchBrowser(): Promise<Browser> {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const paths = COMMANDS.flatMap((command) => folders.map((folder) => join(folder, command)));
  const executablePath = paths.find(isExecutable);
  if (executablePath === undefined) {
    throw new Error('This needs Chromium, and there is none in PATH: install it (apt-get install chromium).');
  }
  return chromium.launch({ executablePath, args: [NO_OTHER_HOSTS] });
}

/** A page, with all that went wrong in it. */
export interface WatchedPage {
  page: Page;
  /** Errors of scripts, and answers with a status of 500 and more. */
  faults: string[];
}

/** Opens a page, accepts its dialogs and keeps what goes wrong in it. */
export async function openPage(browser: Browser): Promise<WatchedPage> {
  const page = await browser.newPage({ viewport: { width: 1800, height: 1000 } });
  const faults: string[] = [];
  page.on('pageerror', ({ message }) => faults.push(message));
  page.on('response', (response) => {
    if (response.status() >= 500) faults.push(`${response.status()} ${response.url()}`);
  });
  page.on('dialog', (dialog) => {
    void dialog.accept().catch((error: unknown) => faults.push(String(error)));
  });
  return { page, faults };
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
