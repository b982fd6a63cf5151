import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { expect } from 'chai';
import { BuildLogs } from '../../src/projects/build-logs.ts';
import { Environments } from '../../src/projects/environments.ts';
import { MARKER } from '../../src/projects/environment.ts';
import { ENVIRONMENT_TIMEOUT_MS, sharedEnvironment } from '../support/environment.ts';
import { refusalOf } from '../support/refusal.ts';
import { silentLog } from '../support/silent-log.ts';

/** Environments without packages, which take half a second to make. */
describe('Environments', () => {
  const needing = (requirements: string) => ({ python: null, requirements, constraints: '' });
  const WEEK_S = 7 * 24 * 60 * 60;
  let folder: string;
  let base: string;

  before(async function () {
    this.timeout(ENVIRONMENT_TIMEOUT_MS);
    base = (await sharedEnvironment()).folder;
  });
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'orbweaver-environments-'));
    symlinkSync(base, join(folder, basename(base)));
    mkdirSync(join(folder, 'builds'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  /** What a daemon has that shares the folder. */
  async function open(): Promise<Environments> {
    const builds = new BuildLogs(join(folder, 'builds'), silentLog);
    const source = { index: null, wheels: null };
    const environments = new Environments({ folder, python: null, source, builds, log: silentLog });
    await environments.prepareBase(() => undefined);
    return environments;
  }
  const age = (environment: string, seconds: number) => {
    const then = Date.now() / 1000 - seconds;
    utimesSync(join(environment, MARKER), then, then);
  };

  it('are ready once they are made, until somebody removes them', async () => {
    const environments = await open();
    expect(environments.ready(null)?.folder).to.equal(join(folder, basename(base)));
    expect(environments.ready(needing(' '))).to.equal(null);
    const made = await environments.ensure(needing(' '), 'quotes');
    expect(environments.ready(needing(' '))).to.deep.equal(made);
    rmSync(made.folder, { recursive: true });
    expect(environments.ready(needing(' '))).to.equal(null);
    expect(await environments.ensure(needing(' '), 'quotes')).to.deep.equal(made);
  });

  it('go when nobody has used them for a week; those of versions, of other daemons and the base stay', async () => {
    const [one, other] = [await open(), await open()];
    const [ours, theirs, nobodys, fresh] = [' ', '\n', '\t', '\n\n'].map(needing) as [
      Needs,
      Needs,
      Needs,
      Needs,
    ];
    const mine = await one.ensure(ours, 'quotes');
    const shared = await other.ensure(theirs, 'quotes');
    const unused = await one.ensure(nobodys, 'quotes');
    const young = await one.ensure(fresh, 'quotes');
    for (const each of [mine, shared, unused]) age(each.folder, WEEK_S + 60);
    age(young.folder, WEEK_S - 60);
    const left = join(folder, 'own-py3.11-gone.tmp-killed');
    mkdirSync(left);
    // A daemon that was started anew has not looked at any yet.
    await (await open()).tidy([theirs]);
    expect([mine, shared, unused, young].map((each) => existsSync(each.folder))).to.deep.equal([
      false,
      true,
      false,
      true,
    ]);
    expect(existsSync(left)).to.equal(false);
    await one.tidy([]);
    expect([shared, young].every((each) => existsSync(each.folder))).to.equal(true);
    expect(readdirSync(folder)).to.include(basename(base));
  });

  it('are touched when they are used', async () => {
    const environments = await open();
    const { folder: made } = await environments.ensure(needing(' '), 'quotes');
    age(made, WEEK_S);
    await environments.tidy([needing(' ')]);
    expect(Date.now() - statSync(join(made, MARKER)).mtimeMs).to.be.below(60_000);
  });

  it('stay for who asks for the same Python in other words than who made them', async () => {
    const first = await open();
    const { pythonVersion } = first.ready(null)!;
    const exact = { ...needing(' '), python: pythonVersion.split('.').slice(0, 2).join('.') };
    const { folder: made } = await first.ensure(needing(' '), 'quotes');
    expect((await first.ensure(exact, 'other')).folder).to.equal(made);
    age(made, WEEK_S + 60);
    await (await open()).tidy([exact]);
    expect(existsSync(made)).to.equal(true);
  });

  it('are built without the secrets of the project in their log', async () => {
    const environments = await open();
    const secret = { name: 'TOKEN', value: 'no-such-hunter2', spider: null, secret: true };
    const building = environments.ensure(
      needing('no-such-hunter2 @ https://192.0.2.1.invalid/x.zip'),
      'quotes',
      [secret],
    );
    const sentence = await building.then(String, String);
    const log = readFileSync(join(folder, 'builds', 'quotes.log'), 'utf8');
    expect(log).to.contain('********');
    expect(sentence + log).to.not.contain('hunter2');
  });

  it('are the base for who asks for its Python only, and refused for a Python that is not there', async () => {
    const environments = await open();
    const { pythonVersion } = environments.ready(null)!;
    const asking = (python: string) => ({ python, requirements: null, constraints: '' });
    const minor = pythonVersion.split('.').slice(0, 2).join('.');
    expect(environments.ready(asking(minor))).to.deep.equal(environments.ready(null));
    const sentence = await refusalOf(environments.ensure(asking('3.99'), 'quotes'), 'invalid');
    expect(sentence).to.contain('asks for Python "3.99"').and.contain(minor);
    expect(readdirSync(join(folder, 'builds'))).to.deep.equal([]);
  });

  type Needs = ReturnType<typeof needing>;
});
