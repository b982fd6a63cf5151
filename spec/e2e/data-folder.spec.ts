import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { TestDaemon } from '../support/daemon.ts';

describe('a data folder that cannot be used stops the start in one sentence:', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'orbweaver-e2e-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  const cases: Record<string, (path: string) => string> = {
    'a file': (path) => {
      writeFileSync(path, '');
      return path;
    },
    'a folder in a file': (path) => {
      writeFileSync(path, '');
      return join(path, 'data');
    },
    'a folder where none can be made': () => '/proc/orbweaver/data',
    'one with a database that is none': (path) => withFile(path, 'orbweaver.db'),
    'one with a lock that is none': (path) => withFile(path, 'daemon.lock'),
  };
  for (const [name, make] of Object.entries(cases)) {
    it(name, async () => {
      const data = make(join(folder, 'data'));
      const { code, text } = await TestDaemon.refusal({ data });
      expect(code).to.equal(1);
      expect(text).to.match(
        /^Orbweaver cannot start: The (data folder|database|lock) ".*" cannot be used: .+\.\n$/,
      );
      expect(text).to.contain(data);
    });
  }
});

function withFile(folder: string, name: string): string {
  mkdirSync(folder);
  writeFileSync(join(folder, name), 'not a database, and longer than the header of one\n'.repeat(10));
  return folder;
}
