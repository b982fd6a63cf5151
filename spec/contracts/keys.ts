import { expect } from 'chai';
import type { Key } from '../../src/access/key.ts';
import { UserError } from '../../src/errors.ts';
import type { Store } from '../../src/store/store.ts';
import { aRequest, aVersion } from '../support/samples.ts';

/** A key as the specs make it. */
export function aKey(changes: Partial<Key> = {}): Key {
  const name = changes.name ?? 'ci';
  return {
    ...{ name, hash: `sha256:${name}`, readOnly: false, projects: null, createdAt: 1, lastUsedAt: null },
    ...changes,
  };
}

/** How every implementation of the Store keeps keys and the projects that rest. */
export function keysContract({ open, remove }: { open: () => Store; remove: () => void }): void {
  let store: Store;
  let other: Store;
  beforeEach(() => {
    store = open();
    other = open();
  });
  afterEach(() => {
    store.close();
    other.close();
    remove();
  });
  const names = () => store.keys().map(({ name }) => name);

  describe('keys', () => {
    it('are kept as they are, by name, until they are revoked', () => {
      const keys = [aKey({ name: 'a', readOnly: true }), aKey({ name: 'b', projects: ['é', 'x"y'] })];
      for (const key of [...keys].reverse()) store.addKey(key);
      expect(store.keys()).to.deep.equal(keys);
      store.removeKey('a');
      expect(names()).to.deep.equal(['b']);
      expect(() => {
        store.removeKey('a');
      })
        .to.throw(UserError, 'There is no key "a".')
        .with.property('kind', 'not-found');
    });

    it('that another process makes, uses or revokes are seen at once', () => {
      expect(names()).to.deep.equal([]);
      other.addKey(aKey());
      expect(names()).to.deep.equal(['ci']);
      other.setKeyUsed('ci', 7);
      expect(store.keys()[0]).to.include({ lastUsedAt: 7 });
      other.removeKey('ci');
      expect(names()).to.deep.equal([]);
    });

    it('are the same array while nothing changes', () => {
      store.addKey(aKey());
      const known = store.keys();
      store.addVersion(aVersion());
      expect(store.keys()).to.equal(known);
      store.setKeyUsed('ci', 8);
      expect(store.keys()).to.not.equal(known);
    });

    it('with a name or a value that is taken are refused', () => {
      store.addKey(aKey());
      for (const [key, says] of [
        [aKey({ hash: 'x' }), 'There is a key "ci" already'],
        [aKey({ name: 'x', hash: 'sha256:ci' }), 'The key "ci" has the same value'],
      ] as const) {
        expect(() => {
          store.addKey(key);
        })
          .to.throw(UserError, says)
          .with.property('kind', 'conflict');
      }
    });
  });

  describe('projects by themselves', () => {
    it('can be made before their first push, with an id, which the push keeps', () => {
      expect(store.createProject('later', 70)).to.equal(70);
      expect(store.createProject('next', null)).to.equal(71);
      expect(store.currentVersions()).to.deep.equal([]);
      expect(store.addVersion(aVersion({ project: 'later', name: '1' })).projectId).to.equal(70);
      const rest = { held: false, pending: 0 };
      expect(store.projectEntries()).to.deep.equal([
        { id: 70, name: 'later', version: '1', ...rest },
        { id: 71, name: 'next', version: null, ...rest },
      ]);
    });

    it('that are there, or have the id, are refused', () => {
      store.createProject('quotes', 5);
      for (const [name, id, says] of [
        ['quotes', null, 'Project "quotes" is there already: its id is 5.'],
        ['other', 5, 'The id "5" is that of project "quotes".'],
      ] as const) {
        expect(() => store.createProject(name, id))
          .to.throw(UserError, says)
          .with.property('kind', 'conflict');
      }
    });

    it('that are held wait, whatever their priority, and hold nobody else up', () => {
      for (const project of ['quotes', 'other']) store.addVersion(aVersion({ project }));
      const add = (project: string, priority: number) =>
        store.addJob({ request: aRequest({ project, priority }), actor: 'USER' }, 1).id;
      const [low, first, second, urgent] = [
        add('other', 1),
        add('other', 2),
        add('other', 2),
        add('quotes', 9),
      ];
      expect(store.nextPending()?.id).to.equal(urgent);
      other.setHeld('quotes', true);
      expect(store.nextPending()?.id).to.equal(first);
      expect(store.projectEntries()).to.deep.include.members([
        { id: 1, name: 'quotes', version: store.currentVersion('quotes')?.name, held: true, pending: 1 },
      ]);
      for (const id of [first, second]) store.changeState(id, 'RUNNING', { startedAt: 1 }, 1);
      expect(store.nextPending()?.id).to.equal(low);
      store.setHeld('other', true);
      expect(store.nextPending()).to.equal(null);
      other.setHeld('quotes', false);
      expect(store.nextPending()?.id).to.equal(urgent);
      expect(() => {
        store.setHeld('absent', true);
      }).to.throw(UserError, 'There is no project "absent".');
    });
  });
}
