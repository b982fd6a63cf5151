import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { expect } from 'chai';
import { verifyPassword } from '../../src/access/password-hash.ts';
import { namesCommand, runCommand } from '../../src/cli/commands.ts';
import type { Flags } from '../../src/config/sources.ts';
import { refusalOf } from '../support/refusal.ts';

describe('the commands', () => {
  let data = '';
  beforeEach(() => {
    data = mkdtempSync(join(tmpdir(), 'orbweaver-cli-'));
  });
  afterEach(() => {
    rmSync(data, { recursive: true });
  });

  /** Runs a command; gives the flags that the data folder was looked for by, and what was printed. */
  const run = async (...args: string[]) => {
    const asked: Flags[] = [];
    const printed: string[] = [];
    const told: string[] = [];
    const dataFolder = (flags: Flags) => {
      asked.push(flags);
      return data;
    };
    await runCommand(args, {
      dataFolder,
      print: (line) => printed.push(line),
      tell: (line) => told.push(line),
      input: Readable.from([]),
      secret: () => Promise.resolve('pässword'),
    });
    return { asked, printed, told };
  };

  it('stand first; every other command line is the daemon’s', () => {
    expect(namesCommand(['project', 'env'])).to.equal(true);
    for (const args of [[], ['--data', 'project'], ['toString'], ['projects']]) {
      expect(namesCommand(args)).to.equal(false);
    }
  });

  it('find the data folder by the daemon’s flags, wherever these stand', async () => {
    const flags = ['--data', '/d', '--config=/c'];
    await run('project', 'env', ...flags, 'quotes', 'A=1');
    const { asked, printed } = await run('project', 'env', 'quotes', ...flags);
    expect(asked).to.deep.equal([{ data: '/d', config: '/c' }]);
    expect(printed).to.deep.equal(['A=1']);
    expect((await run('project', 'env', 'quotes')).asked).to.deep.equal([{}]);
  });

  it('make the hash of a password that they are told', async () => {
    const { printed } = await run('key', 'hash');
    expect(printed).to.have.length(1);
    expect(await verifyPassword('pässword', printed[0] ?? '')).to.equal(true);
  });

  it('make keys with all that they may', async () => {
    const { printed, told } = await run(
      ...['key', 'create', '--name', 'ci', '--read-only', '--project', 'a', '--project', 'b', 'c'],
    );
    expect(printed).to.have.length(1);
    expect(told[0]).to.contain('it may read "a", "b", "c"');
    expect((await run('key', 'list')).printed[1]).to.match(/^ci +read +a b c /);
    expect((await run('key', 'revoke', 'ci')).told.join()).to.contain('LAST KEY');
  });

  it('are recorded, and the record is shown for people and for programs', async () => {
    await run('project', 'create', 'quotes');
    await run('project', 'env', 'quotes', 'A=secret', 'B=');
    await run('project', 'hold', 'quotes');
    const { printed } = await run('audit', '--limit', '2');
    expect(printed).to.have.length(3);
    expect(printed[1]).to.match(/^\S+Z +command \S+ .* set variables +quotes A B +done$/);
    const { printed: lines } = await run('audit', '--json');
    const actions = lines.map((line) => (JSON.parse(line) as { action: string }).action);
    expect(actions).to.deep.equal(['create project', 'set variables', 'hold']);
    expect(lines.join()).to.not.contain('secret');
  });

  const wrong: [string[], string][] = [
    [['project'], 'Say which command is meant; --help lists them.'],
    [['project', 'enf'], 'Unknown command "enf"; did you mean "env"?'],
    [['audit', '--limit', '0'], '--limit: "0" is not a whole number, 1 or more.'],
    [['key', 'create'], 'Required option "--name <NAME>" not specified; --help lists all flags.'],
    [['project', 'env'], 'Missing required argument "project"; --help says how.'],
    [['project', 'env', 'q', 'A=1', '--secrets'], 'Unknown option "--secrets"; did you mean "--secret"?'],
    [['project', 'env', 'q', '--date', '/d'], 'Unknown option "--date"; did you mean "--data"?'],
    [['project', 'env', 'q', '--job-slots', '3'], 'Unknown option "--job-slots"; --help lists all flags.'],
  ];
  for (const [args, message] of wrong) {
    it(`refuse "${args.join(' ')}" in words`, async () => {
      expect(await refusalOf(run(...args), 'invalid')).to.equal(message);
    });
  }
});
