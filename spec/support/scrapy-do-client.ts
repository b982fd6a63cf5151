import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { toError } from '../../src/errors.ts';

const CONSTRAINTS = join(import.meta.dirname, '../fixtures/scrapy-do-client/constraints.txt');
const FOLDER = join(import.meta.dirname, '../../.cache/scrapy-do-client');
/** Says which constraints the folder was made with; written last. */
const READY = join(FOLDER, 'ready.txt');
const REQUIREMENT = 'scrapy-do==0.5.0';
/** It imports distutils, which Python 3.12 has no more; the pinned packages want 3.10. */
const VERSIONS = ['3.11', '3.10'];

const run = promisify(execFile);

/**
 * The real Scrapy Do's command-line client, in an environment of its own that is made once (a minute, the network).
 * @returns path of `scrapy-do-cl`
 * @throws Error that says what is missing
 */
export async function scrapyDoClient(): Promise<string> {
  const client = join(FOLDER, 'bin', 'scrapy-do-cl');
  const wanted = `${REQUIREMENT}\n${readFileSync(CONSTRAINTS, 'utf8')}`;
  if (existsSync(READY) && readFileSync(READY, 'utf8') === wanted) return client;
  const python = await findPython();
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER, { recursive: true });
  try {
    await run(python, ['-m', 'venv', FOLDER]);
    await run(join(FOLDER, 'bin', 'python'), ['-m', 'pip', 'install', '-q', '-c', CONSTRAINTS, REQUIREMENT]);
  } catch (error) {
    throw new Error(
      `The real client could not be installed (pip install ${REQUIREMENT} with ${python}): ${toError(error).message}`,
      { cause: error },
    );
  }
  writeFileSync(READY, wanted);
  return client;
}

/** A Python that can make virtual environments and is old enough; that a command exists says little. */
async function findPython(): Promise<string> {
  const pyenv = join(homedir(), '.pyenv', 'versions');
  const folders = [
    ...(process.env.PATH ?? '').split(delimiter),
    ...(existsSync(pyenv) ? readdirSync(pyenv).map((version) => join(pyenv, version, 'bin')) : []),
  ];
  for (const version of VERSIONS) {
    for (const folder of folders) {
      const command = join(folder, `python${version}`);
      if (!existsSync(command)) continue;
      const script = 'import ensurepip, sys, venv; print("%d.%d" % sys.version_info[:2])';
      const found = await run(command, ['-c', script]).catch(() => null);
      if (found?.stdout.trim() === version) return command;
    }
  }
  throw new Error(
    `The real Scrapy Do client needs Python ${VERSIONS.join(' or ')} with venv, and there is none: install one ` +
      '(apt install python3.11-venv, or pyenv install 3.11).',
  );
}
