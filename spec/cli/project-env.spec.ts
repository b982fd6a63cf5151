import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { expect } from 'chai';
import { projectEnv, type ProjectEnvOptions } from '../../src/cli/project-env.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import { refusalOf } from '../support/refusal.ts';
import { aVersion } from '../support/samples.ts';

describe('project env', () => {
  let data = '';
  beforeEach(() => {
    data = mkdtempSync(join(tmpdir(), 'orbweaver-cli-'));
  });
  afterEach(() => {
    rmSync(data, { recursive: true });
  });

  const as = (changes: Partial<ProjectEnvOptions> = {}) => {
    const options = { project: 'quotes', spider: null, secret: false, input: Readable.from([]), ...changes };
    return (...pairs: string[]) => projectEnv(data, options, pairs);
  };
  const env = as();
  const spider = as({ spider: 'css' });
  const secret = as({ secret: true });
  const said = (...chunks: (string | Buffer)[]) =>
    as({ input: Readable.from(chunks.map((each) => Buffer.from(each))) });
  const push = () => {
    const store = openSqliteStore(join(data, 'orbweaver.db'));
    store.addVersion(aVersion());
    store.close();
  };

  it('shows what was set, in the order of the names', async () => {
    push();
    expect(await env()).to.deep.equal([]);
    await env('B=2', 'a=3', 'A=x = "y" é');
    expect(await env()).to.deep.equal(['A=x = "y" é', 'B=2', 'a=3']);
  });

  it('changes what is given, removes what is given empty, and leaves the others', async () => {
    await env('A=1', 'B=2', 'C=3');
    await env('A=', 'B=two', 'ABSENT=');
    expect(await env()).to.deep.equal(['B=two', 'C=3']);
  });

  it('tells what it did, but no values, and whether there is such a project', async () => {
    const done = 'Project "quotes": set A, removed B. It holds from the next run that starts.';
    expect(await env('A=secret', 'B=')).to.deep.equal([done, 'There is no project "quotes" yet.']);
    push();
    expect(await env('A=secret', 'B=')).to.deep.equal([done]);
  });

  it('has variables for single spiders, beside those of the project', async () => {
    push();
    await env('A=1', 'B=2');
    const done = 'Spider "css" of project "quotes": set A, set C. It holds from the next run that starts.';
    expect(await spider('A=3', 'C=4')).to.deep.equal([done]);
    expect(await spider()).to.deep.equal(['A=3', 'C=4']);
    const hint = '# Spider "css" has variables of its own; --spider shows them.';
    expect(await env()).to.deep.equal(['A=1', 'B=2', hint]);
    await spider('A=', 'C=');
    expect(await env()).to.deep.equal(['A=1', 'B=2']);
  });

  it('tells whether there is such a spider', async () => {
    push();
    const other = as({ spider: 'nope' });
    expect((await other('A=1'))[1]).to.equal('There is no spider "nope" in project "quotes" yet.');
    await other('A=');
    expect(await refusalOf(other(), 'not-found')).to.equal(
      'There is no spider "nope" in project "quotes", and no variables are set for it.',
    );
    expect(await refusalOf(as({ spider: '' })('A=1'), 'invalid')).to.contain(
      '"" cannot be the name of a spider',
    );
  });

  it('never shows what is secret, also when it is set again without saying so', async () => {
    push();
    const done = 'Project "quotes": set A (secret), removed B. It holds from the next run that starts.';
    expect(await secret('A=hunter2', 'B=')).to.deep.equal([done]);
    await env('C=3');
    expect(await env()).to.deep.equal(['A=********', 'C=3']);
    expect(await env('A=hunter3')).to.deep.equal([done.replace(', removed B', '')]);
    expect(await env()).to.deep.equal(['A=********', 'C=3']);
    await env('A=');
    await env('A=4');
    expect(await env()).to.deep.equal(['A=4', 'C=3']);
  });

  it('has a name secret for a project and all its spiders, whoever says so first', async () => {
    await spider('A=1', 'B=1');
    await secret('A=2');
    await as({ spider: 'css', secret: true })('B=3');
    await env('B=4');
    expect(await spider()).to.deep.equal(['A=********', 'B=********']);
    expect((await env()).slice(0, 2)).to.deep.equal(['A=********', 'B=********']);
  });

  it('reads a value from stdin, without the line end at its end', async () => {
    await said('two\n', 'lines é\r\n')('A=-', 'B=2');
    expect(await env()).to.deep.equal(['A=two\nlines é', 'B=2']);
    await said('-')('B=-');
    expect((await env())[1]).to.equal('B=-');
  });

  const unread: [(string | Buffer)[], string][] = [
    [[], 'is empty; "A=" removes the variable'],
    [['\n'], 'is empty; "A=" removes the variable'],
    [['a\0b'], 'holds a NUL character'],
    [[Buffer.from([0xff])], 'is no UTF-8 text'],
    [
      ['x'.repeat(70_000), 'x'.repeat(70_000), 'x'],
      'is longer than an environment variable can be (128 KiB)',
    ],
  ];
  for (const [chunks, message] of unread) {
    it(`refuses a value from stdin that ${message}, and changes nothing`, async () => {
      expect(await refusalOf(said(...chunks)('A=-'), 'invalid')).to.contain(
        `The value of "A" on stdin ${message}`,
      );
      expect(readdirSync(data)).to.deep.equal([]);
    });
  }

  const wrong: [string[], string][] = [
    [['A'], '"A" is no KEY=VALUE; KEY= removes a variable.'],
    [['1=a'], '"1" is no name of an environment variable'],
    [['=a'], '"" is no name of an environment variable'],
    [['A=1', 'B=2', 'A='], '"A" is given twice: give it once.'],
    [['A=-', 'B=-'], 'Only one value can be read from stdin, not those of "A" and "B".'],
  ];
  for (const [pairs, message] of wrong) {
    it(`refuses "${pairs.join(' ')}", and changes nothing`, async () => {
      expect(await refusalOf(env(...pairs), 'invalid')).to.contain(message);
      expect(readdirSync(data)).to.deep.equal([]);
    });
  }

  for (const text of ['hunter2', 'hun-ter=2']) {
    it(`does not show "${text}" where it is refused as a secret`, async () => {
      expect(await refusalOf(secret('A=1', text), 'invalid')).to.match(
        /^Change 2 is no KEY=VALUE with [^\d]*$/,
      );
    });
  }

  it('refuses to make nothing secret', async () => {
    expect(await refusalOf(secret(), 'invalid')).to.contain('"--secret" says how to set a variable');
  });

  it('refuses what cannot be the name of a project', async () => {
    expect(await refusalOf(as({ project: 'a/b' })('A=1'), 'invalid')).to.contain('"a/b" cannot be the name');
  });

  it('refuses to show variables of a project that is not there and has none', async () => {
    expect(await refusalOf(env(), 'not-found')).to.equal(
      'There is no project "quotes", and no variables are set for it.',
    );
  });

  it('refuses a data folder that is not there or not ours, and makes none', async () => {
    const folder = data;
    const file = join(folder, 'file');
    writeFileSync(file, '');
    for (data of [join(folder, 'typo'), file, join(file, 'data'), folder]) {
      expect(await refusalOf(env('A=1'), 'not-found')).to.contain(`no data folder "${data}"`);
    }
    data = folder;
    expect(readdirSync(data)).to.deep.equal(['file']);
  });

  it('says in words that a database is none', async () => {
    writeFileSync(join(data, 'orbweaver.db'), 'not a database, and longer than the header of one'.repeat(10));
    expect(await refusalOf(env('A=1'), 'unavailable')).to.match(/^The database ".*" cannot be used: /);
  });
});
