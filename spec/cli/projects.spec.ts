import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { createProject, holdProject, listProjects } from '../../src/cli/projects.ts';
import { UserError } from '../../src/errors.ts';
import { onNudge } from '../../src/store/nudge.ts';

describe('the project commands', () => {
  let data = '';
  beforeEach(() => {
    data = mkdtempSync(join(tmpdir(), 'orbweaver-cli-'));
  });
  afterEach(() => {
    rmSync(data, { recursive: true });
  });

  it('make projects with ids, and list them with who is held', () => {
    expect(listProjects(data)).to.deep.equal([]);
    expect(createProject(data, 'quotes', '41')).to.deep.equal(['Project "quotes" has the id 41.']);
    expect(createProject(data, 'books')).to.deep.equal(['Project "books" has the id 42.']);
    expect(holdProject(data, 'books', true).join()).to.contain('"books" is held: its jobs wait');
    expect(listProjects(data)).to.deep.equal([
      'ID  NAME    VERSION  PENDING  STATE',
      '42  books   -        0        held',
      '41  quotes  -        0        released',
    ]);
    expect(holdProject(data, 'books', false).join()).to.contain('"books" is released');
    expect(listProjects(data)[1]).to.contain('released');
  });

  it('tell the daemon when a project may run again', async () => {
    createProject(data, 'books');
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const end = onNudge(data, () => {
      resolve(undefined);
    });
    holdProject(data, 'books', false);
    await promise;
    end();
  });

  for (const id of ['0', '-1', '1.5', 'x', '2147483648', '99999999999']) {
    it(`refuse the id "${id}"`, () => {
      expect(() => createProject(data, 'quotes', id)).to.throw(
        UserError,
        `--id: "${id}" is not a whole number`,
      );
    });
  }
});
