import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Environment } from '../../src/projects/environment.ts';
import { outputOf } from './output-of.ts';
import { cacheFolder, peerEnvironment } from './peer-environment.ts';

const CONSTRAINTS = join(import.meta.dirname, '../fixtures/scrapyd-peers/constraints.txt');

/** The folder of the real uv's command. */
export async function uvFolder(): Promise<string> {
  const environment = await peerEnvironment({
    name: 'uv',
    requirements: ['uv==0.13.9'],
    constraints: join(import.meta.dirname, '../fixtures/uv/constraints.txt'),
    pythons: ['3.11', '3.12', '3.10', '3.13'],
  });
  return join(environment, 'bin');
}

/**
 * A folder with the packages of Scrapy and two versions of six, for a Python, fetched from PyPI once (half a minute) into
 * the user's cache.
 */
export async function packagesFolder({ python, pythonVersion }: Environment): Promise<string> {
  const hash = createHash('sha256');
  hash.update(JSON.stringify(['six 1.15 1.16', readFileSync(CONSTRAINTS, 'utf8'), pythonVersion]));
  const folder = join(cacheFolder(), `packages-${hash.digest('hex').slice(0, 12)}`);
  if (existsSync(folder)) return folder;
  mkdirSync(cacheFolder(), { recursive: true });
  const temporary = mkdtempSync(`${folder}.`);
  const fetch = (...what: string[]) =>
    outputOf(python, ['-m', 'pip', 'download', '-qq', '-d', temporary, ...what]);
  await fetch('-c', CONSTRAINTS, 'Scrapy==2.19.0');
  for (const version of ['1.15.0', '1.16.0']) await fetch('--no-deps', `six==${version}`);
  try {
    renameSync(temporary, folder);
  } catch (error) {
    // Another has made it meanwhile.
    rmSync(temporary, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  }
  return folder;
}

/** A source distribution, version 1.0, whose build runs this Python code; it needs nothing else to be built. */
export function sourceDistribution(name: string, code: string): Buffer {
  const files = {
    'PKG-INFO': `Metadata-Version: 2.1\nName: ${name}\nVersion: 1.0\n`,
    'pyproject.toml': '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n',
    'backend.py': `def build_wheel(*_):\n    ${code}\nbuild_sdist = build_wheel\n`,
  };
  const parts = Object.entries(files).flatMap(([path, content]) => tarEntry(`${name}-1.0/${path}`, content));
  return gzipSync(Buffer.concat([...parts, Buffer.alloc(1024)]));
}

function tarEntry(path: string, content: string): Buffer[] {
  const header = Buffer.alloc(512);
  const octal = (value: number, at: number, length: number) => {
    header.write(`${value.toString(8).padStart(length - 1, '0')}\0`, at);
  };
  header.write(path);
  octal(0o644, 100, 8);
  octal(content.length, 124, 12);
  octal(0, 136, 12);
  header.write('        0', 148);
  header.write('ustar\0' + '00', 257);
  octal(
    header.reduce((sum, byte) => sum + byte, 0),
    148,
    8,
  );
  return [header, Buffer.from(content), Buffer.alloc((512 - (content.length % 512)) % 512)];
}
