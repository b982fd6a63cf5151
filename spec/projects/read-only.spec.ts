import { existsSync, mkdirSync, mkdtempSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { makeReadOnly, removeReadOnly } from '../../src/projects/read-only.ts';

describe('a read-only folder', () => {
  it('gives nobody the right to write, keeps the others, and can be removed', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'orbweaver-read-only-'));
    const script = join(folder, 'a', 'b', 'script');
    mkdirSync(join(folder, 'a', 'b'), { recursive: true });
    writeFileSync(script, '', { mode: 0o755 });
    writeFileSync(join(folder, 'file'), '', { mode: 0o644 });
    await makeReadOnly(folder);
    const modes = [folder, join(folder, 'a'), script, join(folder, 'file')].map(
      (path) => statSync(path).mode & 0o777,
    );
    expect(modes).to.deep.equal([0o500, 0o555, 0o555, 0o444]);
    await removeReadOnly(folder);
    expect(existsSync(folder)).to.equal(false);
    await removeReadOnly(folder);
  });
});
