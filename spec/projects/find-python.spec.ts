import { expect } from 'chai';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cleanEnvironment } from '../../src/projects/environment-variables.ts';
import { findPython, findPythonVersion } from '../../src/projects/find-python.ts';
import { refusalOf } from '../support/refusal.ts';

describe('findPython', () => {
  const env = cleanEnvironment(process.env, []);
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'orbweaver-python-'));
  });

  afterEach(() => rm(folder, { recursive: true, force: true }));

  /** A command in the folder that is a shell script. */
  async function command(name: string, script: string): Promise<string> {
    const path = join(folder, name);
    await writeFile(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    return path;
  }

  const answer = (facts: object): string =>
    `/bin/cat <<'END'\n${JSON.stringify({ version: [3, 12, 1], executable: '/x/python', prefix: '/x', missing: null, ...facts })}\nEND`;

  it('finds the real one, and tells its version and its own path', async () => {
    const python = await findPython(undefined, env);
    expect(python.version).to.match(/^3\.\d+\.\d+$/);
    expect(await findPython(python.executable, env)).to.deep.equal(python);
  });

  it('passes over commands that fail, are too old or lack venv', async () => {
    await command('python3', 'echo "not installed" >&2; exit 127');
    await command('python3.13', answer({ version: [3, 9, 18] }));
    await command('python3.12', answer({ missing: "No module named 'ensurepip'" }));
    await command('python3.11', answer({ version: [3, 11, 2] }));
    expect(await findPython(undefined, { PATH: folder })).to.deep.equal({
      executable: '/x/python',
      version: '3.11.2',
      prefix: '/x',
    });
  });

  it('says how to mend it when there is none', async () => {
    const sentence = await refusalOf(findPython(undefined, { PATH: folder }), 'unavailable');
    expect(sentence).to.match(/^There is no Python on the PATH\. Install Python 3\.10 or newer/);
    expect(sentence).to.contain('apt install python3-venv').and.contain('dnf').and.contain('brew');
  });

  it('says what is missing', async () => {
    await command('python3', answer({ missing: "No module named 'ensurepip'" }));
    expect(await refusalOf(findPython(undefined, { PATH: folder }), 'unavailable')).to.match(
      /"python3" \(Python 3\.12\.1\) cannot make virtual environments: No module named 'ensurepip'\./,
    );
  });

  it('finds one of a version, the configured one first, or names those that are there', async () => {
    const configured = await command('own', answer({ executable: '/own/python' }));
    await command('python3', answer({ version: [3, 11, 2], executable: '/x/python3.11' }));
    await command('python3.12', answer({}));
    const path = { PATH: folder };
    expect(await findPythonVersion('3.12', undefined, path)).to.include({ executable: '/x/python' });
    expect(await findPythonVersion('3.12', configured, path)).to.include({ executable: '/own/python' });
    expect(await findPythonVersion('3.11', configured, path)).to.include({ executable: '/x/python3.11' });
    expect(await refusalOf(findPythonVersion('3.13', configured, path), 'invalid')).to.equal(
      'The project asks for Python "3.13", which this machine does not have; there is only 3.12, 3.11.',
    );
    await command('python3.13', answer({ version: [3, 13, 0], missing: "No module named 'ensurepip'" }));
    expect(await refusalOf(findPythonVersion('3.13', undefined, path), 'invalid')).to.match(
      /there is only 3\.11, 3\.12\. "python3\.13" \(Python 3\.13\.0\) cannot make virtual environments/,
    );
  });

  it('takes no other when one is configured', async () => {
    const old = await command('old', answer({ version: [2, 7, 18] }));
    expect(await refusalOf(findPython(old, env), 'unavailable')).to.contain(
      `"${old}" is Python "2.7.18", which is too old.`,
    );
    expect(await refusalOf(findPython('/no/such/python', env), 'unavailable')).to.contain(
      'There is no "/no/such/python".',
    );
    const noise = await command('noise', 'echo hello');
    expect(await refusalOf(findPython(noise, env), 'unavailable')).to.contain(`"${noise}" does not run.`);
  });
});
