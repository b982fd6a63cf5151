import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { expect } from 'chai';
import { projectEnv, type ProjectEnvOptions } from '../../src/cli/project-env.ts';
import { ENVIRONMENTS, PROGRAM, TestDaemon } from '../support/daemon.ts';
import { project } from '../support/refusals.ts';
import { multipart, send } from '../support/send.ts';
import { WAYS } from '../support/ways.ts';

describe('variables of a project', () => {
  let daemon: TestDaemon;
  before(async function () {
    this.timeout(180_000);
    daemon = await TestDaemon.start();
    await daemon.pushProject('surroundings');
  });
  after(() => daemon[Symbol.asyncDispose]());

  /** Runs `orbweaver project env …`. */
  const command = (args: string[], env: Record<string, string> = {}, stdin = '') =>
    new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) => {
      const options = { env: { PATH: process.env.PATH, ...env }, timeout: 30_000 };
      const child = execFile(
        process.execPath,
        [...PROGRAM, 'project', 'env', ...args],
        options,
        (_, stdout, stderr) => {
          resolve({ code: child.exitCode, stdout, stderr });
        },
      );
      child.stdin?.end(stdin);
    });
  /** What the command does, from a process that is not the daemon's. */
  const setAs = (options: Partial<ProjectEnvOptions>, ...changes: string[]) => {
    const others = { project: 'surroundings', spider: null, secret: false, input: Readable.from([]) };
    return projectEnv(daemon.data, { ...others, ...options }, changes);
  };
  const set = (project: string, ...changes: string[]) => setAs({ project }, ...changes);
  /** The environment that a spider finds. */
  const environ = async (fields: Record<string, string>): Promise<Record<string, string>> => {
    const id = await daemon.schedule({ project: 'surroundings', spider: 'looks', ...fields });
    expect(await daemon.over(id)).to.include({ status: 'SUCCESSFUL' });
    const seen = /^SEEN (.*)$/m.exec(await daemon.log(id, 'out'))?.[1] ?? '{}';
    return (JSON.parse(seen) as { environ: Record<string, string> }).environ;
  };

  for (const { way, fields } of WAYS) {
    it(`reach its next run by ${way}, below the request's own and the daemon's`, async () => {
      await set(
        'surroundings',
        'KEPT=a=b "é"\n🕷',
        'BOTH=project',
        'GONE=x',
        'SCRAPY_PROJECT=x',
        'TZ=Asia/Tokyo',
      );
      expect(await environ({ ...fields, env: 'BOTH=request' })).to.include({
        KEPT: 'a=b "é"\n🕷',
        BOTH: 'request',
        GONE: 'x',
        SCRAPY_PROJECT: 'surroundings',
        TZ: 'Asia/Tokyo',
      });
      await set('surroundings', 'KEPT=changed', 'GONE=');
      const seen = await environ(fields);
      expect(seen).to.include({ KEPT: 'changed', BOTH: 'project' }).and.to.not.have.property('GONE');
    });

    it(`reach, set for its spider, its next run by ${way}, over the project's and below the request's`, async () => {
      await set('surroundings', 'WIDE=project', 'NARROW=project', 'ASKED=project');
      await setAs({ spider: 'looks' }, 'NARROW=spider', 'ASKED=spider', 'TZ=Asia/Tokyo');
      await setAs({ spider: 'ends' }, 'WIDE=other', 'OF_ANOTHER=1');
      const seen = await environ({ ...fields, env: 'ASKED=request' });
      expect(seen)
        .to.include({ WIDE: 'project', NARROW: 'spider', ASKED: 'request', TZ: 'Asia/Tokyo' })
        .and.to.not.have.property('OF_ANOTHER');
    });
  }

  it('make a fork a fresh interpreter where one of them is read when that starts', async () => {
    await set('surroundings', 'PYTHONHASHSEED=7');
    expect(await environ({})).to.include({ PYTHONHASHSEED: '7' });
    await set('surroundings', 'PYTHONHASHSEED=');
  });

  it('are those of one project only', async () => {
    await set('other', 'OF_ANOTHER=1');
    expect(await environ({})).to.not.have.property('OF_ANOTHER');
  });

  it('are there when it is pushed, also for the first time, whoever names it', async () => {
    const needy = project({
      'p/settings.py': 'import os\nSPIDER_MODULES = ["p.spiders"]\nUSER_AGENT = os.environ["NEEDED"]\n',
    });
    const addversion = () =>
      send(daemon.url, '/addversion.json', {
        method: 'POST',
        ...multipart({ project: 'needy', version: '1', egg: needy }),
      });
    expect((await daemon.pushZip(needy)).body).to.include({ status: 'error' });
    expect((await addversion()).body).to.include({ status: 'error' });
    await set('needy', 'NEEDED=1');
    expect((await addversion()).body).to.include({ status: 'ok' });
    expect((await daemon.pushZip(needy)).body).to.include({ status: 'error' });
    await set('trouble', 'NEEDED=1');
    expect((await daemon.pushZip(needy)).body).to.include({ status: 'ok', name: 'trouble' });
  });

  it('are found, if they are secret, by spiders of theirs and nowhere in what is ours', async function () {
    this.timeout(40_000);
    const secrets = ['of-all hunter2', 'of-one hunter2'] as const;
    const flags = ['--secret', '--data', daemon.data];
    const done = await command(['surroundings', 'SECRET=-', ...flags], {}, `${secrets[0]}\n`);
    expect(done).to.deep.include({ code: 0, stderr: '' });
    await setAs({ spider: 'looks', secret: true }, `OWN=${secrets[1]}`);
    const leak = (how: string, files: Record<string, string> = {}) =>
      daemon.pushZip(
        project({
          'scrapy.cfg': '[settings]\ndefault = p.settings\n[deploy]\nproject = surroundings\n',
          'p/settings.py': `import os, sys\n${how}\n`,
          ...files,
        }),
      );
    const answers = [
      await leak('raise ValueError(os.environ["SECRET"])'),
      await leak('print(os.environ["SECRET"], file=sys.stderr, flush=True); os._exit(1)'),
      await leak('', { 'requirements.txt': `-e ${secrets[0]}\n` }),
    ];
    for (const { status, text } of answers) {
      expect(status).to.equal(400);
      expect(text).to.contain('********');
    }
    for (const { fields } of WAYS) {
      expect(await environ(fields)).to.include({ SECRET: secrets[0], OWN: secrets[1] });
    }
    const paths = [
      '/list-jobs.json?status=COMPLETED',
      '/status.json',
      '/jobs',
      '/listjobs.json?project=surroundings',
    ];
    for (const path of paths) answers.push(await daemon.get(path));
    for (const spider of [null, 'looks']) {
      const text = (await setAs({ spider })).join('\n');
      expect(text).to.match(/^(SECRET|OWN)=\*{8}$/m);
      answers.push({ ...answers[0]!, text });
    }
    const kept = readdirSync(daemon.data, { recursive: true, encoding: 'utf8' })
      // What is kept of a run until its end is acknowledged, and what spiders print.
      .filter((name) => !name.startsWith('orbweaver.db') && !/\.(start|out)$/.test(name))
      .map((name) => join(daemon.data, name))
      .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile() === true)
      .map((path) => readFileSync(path, 'utf8'));
    expect(kept.join('')).to.contain('The host serves');
    const ours = [daemon.output, ...answers.map(({ text }) => text), ...kept].join('\n');
    for (const secret of secrets) expect(ours).to.not.contain(secret);
  });

  it('are listed from the folder that the daemon would use, and nothing else is on stdout', async () => {
    const done = await command(['listed', 'B=2', 'A=1', '--data', daemon.data]);
    expect(done).to.deep.include({ code: 0, stderr: '' });
    const shown = { code: 0, stdout: 'A=1\nB=2\n', stderr: '' };
    expect(await command(['listed'], { ORBWEAVER_DATA: daemon.data })).to.deep.equal(shown);
    const config = join(daemon.data, 'settings.ini');
    writeFileSync(config, `[scrapy-do]\nproject-store = ${daemon.data}\n[web-modules]\n`);
    const { stderr, ...rest } = await command(['listed', '--config', config]);
    expect({ ...rest, stderr: '' }).to.deep.equal(shown);
    expect(stderr).to.contain('[web-modules]').and.to.contain('is ignored');
  });

  it('are refused in one sentence on stderr where they cannot be set, and no folder is made', async () => {
    const typo = join(daemon.data, 'typo');
    expect(await command(['surroundings', 'A=1', '--data', typo])).to.deep.equal({
      code: 1,
      stdout: '',
      stderr: `There is no data folder "${typo}": name the daemon's with --data, or start the daemon first.\n`,
    });
    expect(existsSync(typo)).to.equal(false);
  });

  it('can be set while no daemon runs, and outlast it', async () => {
    await set('surroundings', 'BEFORE=1');
    await daemon.kill('SIGKILL');
    await set('surroundings', 'MEANWHILE=1');
    daemon = await TestDaemon.start({ data: daemon.data, args: ['--environments', ENVIRONMENTS] });
    expect(await environ({})).to.include({ BEFORE: '1', MEANWHILE: '1' });
  });
});
