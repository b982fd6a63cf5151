import fc from 'fast-check';
import { expect } from 'chai';
import {
  fileUrl,
  folderUrl,
  isStoragePath,
  readFilePath,
  segment,
} from '../../../../../src/http/dialects/scrapyd/pages/file-path.ts';

describe('a path under /logs and /items', () => {
  it('names a tree, a project, a spider and a file', () => {
    expect(readFilePath('/logs')).to.deep.equal({ tree: 'logs', names: [], isFolder: false });
    expect(readFilePath('/items/')).to.deep.equal({ tree: 'items', names: [], isFolder: true });
    expect(readFilePath('/logs/p/s')).to.deep.equal({ tree: 'logs', names: ['p', 's'], isFolder: false });
    expect(readFilePath('/items/p/s/')).to.deep.equal({ tree: 'items', names: ['p', 's'], isFolder: true });
    expect(readFilePath('/logs/p/s/j.log')?.names).to.deep.equal(['p', 's', 'j.log']);
  });

  it('is decoded after it is split', () => {
    expect(readFilePath('/logs/a%2Fb/%2e%2e/c%25')?.names).to.deep.equal(['a/b', '..', 'c%']);
    expect(readFilePath('/logs//x/')?.names).to.deep.equal(['', 'x']);
  });

  it('is none when it cannot be decoded or belongs elsewhere', () => {
    for (const path of ['/logs/%', '/logs/%ff/', '/logsx', '/Logs/', '//logs/', '/jobs', '/']) {
      expect(readFilePath(path), path).to.equal(null);
    }
  });

  it('is of the other storage only when all its segments are numbers and no slash ends it', () => {
    const isStorage = (path: string) => isStoragePath(readFilePath(path)!);
    for (const path of ['/items/1', '/items/1/2/3', '/logs/1/2/3/4'])
      expect(isStorage(path), path).to.be.true;
    for (const path of ['/items', '/items/', '/items/1/', '/logs/1/2/3.log', '/logs/1/x', '/logs/1//2']) {
      expect(isStorage(path), path).to.be.false;
    }
  });
});

describe('a name in a link', () => {
  const names = fc.string({ unit: 'binary', minLength: 1 });

  it('is read back as it was', () => {
    fc.assert(
      fc.property(names, names, (project, spider) => {
        expect(readFilePath(folderUrl('logs', [project, spider]))).to.deep.equal({
          tree: 'logs',
          names: [project, spider],
          isFolder: true,
        });
      }),
    );
  });

  it('is one segment below the page, whatever a browser makes of it', () => {
    fc.assert(
      fc.property(
        names.filter((name) => name !== '.' && name !== '..'),
        (name) => {
          const { href } = new URL(`${segment(name)}/`, 'http://host/logs/p/');
          expect(href).to.equal(`http://host/logs/p/${segment(name)}/`);
        },
      ),
    );
  });

  it('needs no escape in HTML, and is no dot segment as it stands', () => {
    fc.assert(fc.property(names, (name) => /^[\w.~%-]+$/.test(segment(name))));
    expect([segment('.'), segment('..'), segment('...')]).to.deep.equal(['%2E', '%2E%2E', '...']);
  });

  it('may be no text at all', () => {
    expect(segment('\ud800')).to.equal('%EF%BF%BD');
  });

  it('is followed by the ending of its tree', () => {
    const job = { project: 'a/b', spider: 's', jobid: '1.0' };
    expect(fileUrl('logs', job)).to.equal('/logs/a%2Fb/s/1.0.log');
    expect(fileUrl('items', job)).to.equal('/items/a%2Fb/s/1.0.jl');
  });
});
