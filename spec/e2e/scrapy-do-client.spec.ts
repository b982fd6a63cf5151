import { execFile } from 'node:child_process';
import { appendFileSync, cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { TestDaemon, TROUBLE_SPIDERS } from '../support/daemon.ts';
import { scrapyDoClient } from '../support/scrapy-do-client.ts';

const PROJECT = join(import.meta.dirname, '../fixtures/projects/trouble');

interface Printed {
  code: number | null;
  text: string;
  /** The cells of the table's rows, its head first. */
  rows: string[][];
}

describe('the real Scrapy Do client', function () {
  this.timeout(120_000);
  let client = '';
  let home = '';
  before(async function () {
    this.timeout(600_000);
    client = await scrapyDoClient();
    home = mkdtempSync(join(tmpdir(), 'orbweaver-e2e-'));
  });
  after(() => {
    rmSync(home, { recursive: true });
  });

  /** Runs one command, without the settings and proxies of whoever runs the specs. */
  const run = (...args: string[]): Promise<Printed> => {
    const env = { PATH: process.env.PATH, HOME: home, LANG: 'C.UTF-8', NO_PROXY: '*' };
    return new Promise((resolve, reject) => {
      const child = execFile(client, args, { env, timeout: 60_000 }, (error, stdout, stderr) => {
        if (error !== null && 'syscall' in error) {
          reject(new Error(`${client}: ${error.message}`));
          return;
        }
        const lines = stdout.split('\n').filter((line) => line.startsWith('| '));
        const rows = lines.map((line) =>
          line
            .split('|')
            .slice(1, -1)
            .map((cell) => cell.trim()),
        );
        resolve({ code: child.exitCode, text: stdout + stderr, rows });
      });
    });
  };

  for (const [what, wish, login, args] of [
    ['without authentication, by forks', 'yes', [], () => []],
    [
      'with authentication, by fresh interpreters',
      'no',
      ['--username', 'guest', '--password', 'pass:word'],
      (users: string) => ['--auth', '--auth-db', users],
    ],
  ] as const) {
    it(`runs each of its nine commands ${what}`, async () => {
      const users = join(home, 'auth.db');
      writeFileSync(users, 'guest:pass:word\n');
      const project = join(home, `fork-${wish}`);
      cpSync(PROJECT, project, { recursive: true });
      appendFileSync(join(project, 'scrapy.cfg'), `\n[orbweaver]\nfork = ${wish}\n`);
      await using daemon = await TestDaemon.start({ args: ['--job-slots', '1', ...args(users)] });
      const command = async (...words: string[]): Promise<Printed> => {
        const printed = await run('--url', daemon.url, ...login, ...words);
        expect(printed.code, printed.text).to.equal(0);
        return printed;
      };
      const table = async (...words: string[]) => (await command(...words)).rows;

      const spiders = TROUBLE_SPIDERS.map((name) => [name]);
      expect(await table('push-project', '--project-path', project)).to.deep.equal([['trouble'], ...spiders]);
      const [projects, listed] = await Promise.all([
        table('list-projects'),
        table('list-spiders', '--project', 'trouble'),
      ]);
      expect(projects).to.deep.equal([['name'], ['trouble']]);
      expect(listed).to.deep.equal([['name'], ...spiders]);

      const schedule = async (...words: string[]): Promise<string> => {
        const [head, [id] = []] = await table('schedule-job', '--project', 'trouble', ...words);
        expect(head).to.deep.equal(['identifier']);
        expect(id).to.match(/^[0-9a-f-]{36}$/);
        return id!;
      };
      const described = ['--description', 'über', '--payload', '{"words": ["é", 1]}'];
      const [now, every] = await Promise.all([
        schedule('--spider', 'fine', ...described),
        schedule('--spider', 'fine', '--when', 'every 10 minutes'),
      ]);

      // It asks for stderr by itself; a log that is still written is followed to its end.
      const [err, out] = await Promise.all([
        command('get-log', '--job-id', now),
        command('get-log', '--job-id', now, '--log-type', 'out'),
      ]);
      expect(err.text).to.contain('Spider closed (finished)');
      expect(out.text).to.contain(`('payload', '{"words": ["é", 1]}')`);

      const head = ['identifier', 'project', 'spider', 'status', 'schedule', 'description', 'actor'];
      const rest = ['timestamp', 'duration', 'payload'];
      const [active, completed, one] = await Promise.all([
        table('list-jobs'),
        table('list-jobs', '--status', 'COMPLETED'),
        table('list-jobs', '--job-id', now),
      ]);
      expect(active[0]).to.deep.equal([...head, ...rest]);
      expect(active[1]?.slice(0, 7)).to.deep.equal([
        every,
        'trouble',
        'fine',
        'SCHEDULED',
        'every 10 minutes',
        '',
        'USER',
      ]);
      expect(completed[1]?.slice(0, 7)).to.deep.equal([
        now,
        'trouble',
        'fine',
        'SUCCESSFUL',
        'now',
        'über',
        'USER',
      ]);
      expect(completed[1]?.[7]).to.match(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}$/);
      expect(completed[1]?.[8]).to.match(/^\d+$/);
      expect(completed[1]?.[9]).to.equal('{"words": ["é", 1]}');
      expect(one).to.deep.equal(completed);

      const refused = await run('--url', daemon.url, ...login, 'remove-project', '--name', 'trouble');
      expect(refused.code).to.equal(1);
      expect(refused.text).to.contain(
        'Server responded with an error: There is 1 schedule for project "trouble"',
      );
      expect((await command('cancel-job', '--job-id', every)).text.trim()).to.equal('Canceled.');

      const status = Object.fromEntries((await table('status')).slice(1)) as Record<string, string>;
      expect(status).to.include({
        status: 'ok',
        'jobs-run': '1',
        'jobs-successful': '1',
        projects: '1',
        spiders: String(TROUBLE_SPIDERS.length),
      });
      expect(status).to.include.all.keys(
        'memory-usage',
        'cpu-usage',
        'time',
        'timezone',
        'hostname',
        'uptime',
      );

      expect((await command('remove-project', '--name', 'trouble')).text.trim()).to.equal('Removed.');
      expect((await command('list-projects')).text.trim()).to.equal('[i] No data to show.');

      if (login.length > 0) {
        const strangers = [['status'], ['--username', 'guest', '--password', 'x', 'status']];
        for (const words of strangers) {
          const { code, text } = await run('--url', daemon.url, ...words);
          expect([code, text.trim()]).to.deep.equal([1, '[!] Server responded with an error: Unauthorized']);
        }
      }
    });
  }
});
