import { setTimeout as sleep } from 'node:timers/promises';
import type { Locator, Page } from 'playwright-core';

/** How long a page may take to show what is waited for. */
const PATIENCE_MS = 15_000;
const LOOK_EVERY_MS = 50;

/** A row of a table: what its cells show, by the titles of their columns. */
export type Row = Record<string, string>;

/** The pages of ScrapydWeb as somebody uses them: links, fields and buttons are found by what is written on them. */
export class DashboardPages {
  readonly page: Page;
  readonly #url: string;

  /** @param url of the pages of one server: `http://127.0.0.1:5000/1` */
  constructor(page: Page, url: string) {
    page.setDefaultTimeout(PATIENCE_MS);
    this.page = page;
    this.#url = url;
  }

  async open(path: string): Promise<void> {
    await this.page.goto(`${this.#url}/${path}`);
  }

  /** What the page shows beside the menu. */
  text(): Promise<string> {
    return this.page.locator('#content').innerText();
  }

  /** The rows of the page's table. Columns that stay in view are in a second table, and hidden in the first. */
  async table(): Promise<Row[]> {
    const table = this.page.locator('.el-table').first();
    const [titles, cells, fixed] = await Promise.all([
      table.locator('.el-table__header-wrapper th:not(.gutter)').allTextContents(),
      table.locator('.el-table__body-wrapper .el-table__row > td').allInnerTexts(),
      table.locator('.el-table__fixed-body-wrapper .el-table__row > td').allInnerTexts(),
    ]);
    const rows: Row[] = [];
    for (let start = 0; start < cells.length; start += titles.length) {
      const values = titles.map((title, at) => {
        const shown = [cells[start + at], fixed[start + at]].map((text) => text?.trim() ?? '');
        return [title.trim(), shown.find((text) => text !== '') ?? ''];
      });
      rows.push(Object.fromEntries(values) as Row);
    }
    return rows;
  }

  /**
   * Reads the table until it is as wanted, since scripts fill it in.
   * @returns what it was at last, also when time is up
   */
  tableOnce(isWanted: (rows: Row[]) => boolean): Promise<Row[]> {
    return until(() => this.table(), isWanted);
  }

  /** Opens the Jobs page again and again until its rows are as wanted; else as {@link tableOnce}. */
  jobsOnce(isWanted: (rows: Row[]) => boolean): Promise<Row[]> {
    return until(async () => {
      await this.open('jobs/?style=database');
      return this.table();
    }, isWanted);
  }

  /** Deploys the one folder that the Deploy page has found. */
  async deployFolder(): Promise<void> {
    await this.open('deploy/');
    await this.page.getByText('Package & Deploy').click();
    await this.page.waitForURL('**/schedule/**');
  }

  /** Deploys a file that is on the machine of the browser; its name up to the first dot is the project's. */
  async deployFile(path: string): Promise<void> {
    await this.open('deploy/');
    await this.page.getByText('Upload file').click();
    await this.page.locator('#file').setInputFiles(path);
    await this.page.getByText('Upload & Deploy').click();
    await this.page.waitForURL('**/schedule/**');
  }

  /** Fills in the Run Spider page, and goes where it goes then: to the jobs. */
  async runSpider(run: { project: string; spider: string; jobid: string; args: string }): Promise<void> {
    await this.open('schedule/');
    await this.#choose('project', run.project);
    await this.#choose('_version', 'default: the latest version');
    await this.#choose('spider', run.spider);
    await this.#field('settings & arguments').locator('.el-switch').click();
    await this.#field('jobid').locator('input').fill(run.jobid);
    await this.#field('additional').locator('textarea').fill(run.args);
    await this.page.getByText('Check CMD', { exact: true }).click();
    await this.page.waitForFunction('document.querySelector("#cmd").value !== ""');
    await this.page.locator('#run_spider').click();
    await this.page.waitForURL('**/jobs/**');
  }

  /** What can be clicked in the row of a table that has a cell with just that text. */
  inRow(cell: string, link: string): Locator {
    const rows = this.page.locator('.el-table__body-wrapper .el-table__row');
    return rows.filter({ has: this.page.locator(`text="${cell}"`) }).getByText(link, { exact: true });
  }

  /** Goes where a link in the row of a job on the Jobs page goes, without its new tab. */
  async follow(jobid: string, link: string): Promise<void> {
    await this.open('jobs/?style=database');
    const target = await this.inRow(jobid, link).getAttribute('href');
    await this.page.goto(new URL(target ?? '', this.page.url()).href);
  }

  #field(label: string): Locator {
    return this.page.locator('.el-form-item').filter({
      has: this.page.locator('label').getByText(label, { exact: true }),
    });
  }

  async #choose(label: string, option: string): Promise<void> {
    await this.#field(label).locator('.el-select').click();
    await this.page.locator('.el-select-dropdown:visible').getByText(option, { exact: true }).click();
  }
}

async function until<T>(look: () => Promise<T>, isWanted: (seen: T) => boolean): Promise<T> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const seen = await look();
    if (isWanted(seen) || performance.now() > deadline) return seen;
    await sleep(LOOK_EVERY_MS);
  }
}
