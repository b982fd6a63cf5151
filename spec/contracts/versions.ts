import { expect } from 'chai';
import { UserError } from '../../src/errors.ts';
import type { JobRequest } from '../../src/jobs/job.ts';
import type { NewVersion } from '../../src/projects/project.ts';
import type { Store } from '../../src/store/store.ts';
import { aRequest, aSchedule, aVersion } from '../support/samples.ts';

/** What every implementation of the Store does with the versions of a project. */
export function versionsContract({ open, remove }: { open: () => Store; remove: () => void }): void {
  let store: Store;
  const add = (name: string | null, changes: Partial<NewVersion> = {}) =>
    store.addVersion(aVersion({ name, ...changes }));
  const names = () => store.versions('quotes').map(({ name }) => name);
  const current = () => store.currentVersion('quotes')?.name;
  const submit = (changes: Partial<JobRequest> = {}) =>
    store.addJob({ request: aRequest(changes), actor: 'USER' }, 1000);
  const refused = (work: () => unknown, kind: string, words: string) => {
    expect(work).to.throw(UserError, words).with.property('kind', kind);
  };

  describe('versions', () => {
    beforeEach(() => {
      store = open();
    });
    afterEach(() => {
      store.close();
      remove();
    });

    it('with names are in order, and the greatest is the current one, whenever it came', () => {
      for (const name of ['1.10', '1.9', '1.2']) add(name);
      expect(names()).to.deep.equal(['1.2', '1.9', '1.10']);
      expect(current()).to.equal('1.10');
    });

    it('without a name are one, which is current from its push on and is called by its second', () => {
      add('9.0');
      add(null, { pushedAt: 1_700_000_000_500 });
      expect(names()).to.deep.equal(['9.0', '1700000000']);
      add(null, { pushedAt: 1_700_000_001_500 });
      expect(names()).to.deep.equal(['9.0', '1700000001']);
      expect(current()).to.equal('1700000001');
      expect(store.unusedVersions().map(({ name }) => name)).to.deep.equal(['1700000000']);
    });

    it('with a name put the greatest of the named ones back in front of one without', () => {
      add('9.0');
      add(null, { pushedAt: 1_700_000_000_500 });
      add('1.0');
      expect(names()).to.deep.equal(['1700000000', '1.0', '9.0']);
      expect(current()).to.equal('9.0');
    });

    it('with a name are current whatever the others are called, where that is asked for', () => {
      add('f00d-main');
      store.addVersion(aVersion({ name: '1bad-main' }), { current: true });
      expect([names(), current()]).to.deep.equal([['f00d-main', '1bad-main'], '1bad-main']);
      store.addVersion(aVersion({ name: 'f00d-main' }), { current: true });
      expect([names(), current()]).to.deep.equal([['1bad-main', 'f00d-main'], 'f00d-main']);
      add('0');
      expect(current()).to.equal('f00d-main');
    });

    it('never get a name that is taken', () => {
      add('1700000000');
      expect(add(null, { pushedAt: 1_700_000_000_500 })).to.include({ name: '1700000001', named: false });
    });

    it('of one name take the place of each other', () => {
      const first = add('1.0', { spiders: ['css'] });
      const second = add('1.0', { spiders: ['xpath'] });
      expect(store.versions('quotes')).to.deep.equal([second]);
      expect(store.namedVersion('quotes', '1.0')).to.deep.equal(second);
      expect(store.unusedVersions()).to.deep.equal([first]);
    });

    it('of unknown names or projects are none', () => {
      expect(store.versions('quotes')).to.deep.equal([]);
      add('1.0');
      expect(store.namedVersion('quotes', '1.00')).to.equal(null);
      expect(store.namedVersion('other', '1.0')).to.equal(null);
    });

    it('are asked for by jobs, and refused by what is missing', () => {
      add('1.0', { spiders: ['css'] });
      add('2.0', { spiders: ['xpath'] });
      expect(submit({ version: '1.0' })).to.include({ version: '1.0', state: 'PENDING' });
      refused(() => submit(), 'not-found', 'Unknown spider "css" of project "quotes"');
      refused(
        () => submit({ version: '2.0' }),
        'not-found',
        'Unknown spider "css" of version "2.0" of project "quotes"',
      );
      refused(() => submit({ version: '3.0' }), 'not-found', 'Unknown version "3.0" of project "quotes"');
    });

    it('that are removed let the next in order be current, and cancel the jobs that wait for them', () => {
      for (const name of ['1.0', '2.0', '3.0']) add(name);
      const [wants, any] = [submit({ version: '3.0' }), submit()];
      expect(store.removeVersion('quotes', '3.0', 9)).to.deep.equal([wants.id]);
      expect(store.job(wants.id)).to.include({
        ...{ state: 'CANCELED', finishedAt: 9, closeReason: 'cancelled' },
      });
      expect(store.job(any.id)).to.include({ state: 'PENDING' });
      expect(current()).to.equal('2.0');
      store.removeVersion('quotes', '1.0', 9);
      expect(names()).to.deep.equal(['2.0']);
    });

    it('that are removed leave the one without a name where no other is left', () => {
      add(null, { pushedAt: 1_700_000_000_500 });
      add('1.0');
      store.removeVersion('quotes', '1.0', 9);
      expect(current()).to.equal('1700000000');
    });

    it('go with their project when they are the last', () => {
      add('1.0');
      const job = submit();
      expect(store.removeVersion('quotes', '1.0', 9)).to.deep.equal([job.id]);
      expect(store.currentVersions()).to.deep.equal([]);
      refused(() => store.removeVersion('quotes', '1.0', 9), 'not-found', 'Unknown version "1.0"');
    });

    it('all go with their project', () => {
      for (const name of ['1.0', '2.0']) add(name);
      store.removeProject('quotes', 9);
      expect(names()).to.deep.equal([]);
      expect(store.unusedVersions().map(({ name }) => name)).to.deep.equal(['1.0', '2.0']);
      refused(() => submit({ version: '1.0' }), 'not-found', 'Unknown project "quotes"');
    });

    it('are not removed or replaced while schedules need them', () => {
      add('1.0', { spiders: ['css'] });
      add('2.0', { spiders: ['css', 'xpath'] });
      const schedule = (changes: Partial<JobRequest>) =>
        store.addSchedule(aSchedule({ request: aRequest(changes) }), 1);
      const unpinned = schedule({ spider: 'xpath' });
      refused(
        () => store.removeVersion('quotes', '2.0', 9),
        'conflict',
        'Spider "xpath" is not in version "1.0" of project "quotes", but has schedules (1)',
      );
      expect(current()).to.equal('2.0');
      store.changeSchedule(unpinned.id, { state: 'CANCELED', nextFireAt: null }, 9);
      const pinned = schedule({ version: '1.0' });
      refused(
        () => store.removeVersion('quotes', '1.0', 9),
        'conflict',
        'There is 1 schedule for version "1.0" of project "quotes": cancel it first.',
      );
      refused(
        () => add('1.0', { spiders: ['xpath'] }),
        'conflict',
        'Spider "css" is not in this archive of project "quotes", but has schedules (1)',
      );
      expect(store.namedVersion('quotes', '1.0')?.spiders).to.deep.equal(['css']);
      store.removeVersion('quotes', '2.0', 9);
      store.changeSchedule(pinned.id, { state: 'CANCELED', nextFireAt: null }, 9);
      store.removeVersion('quotes', '1.0', 9);
    });
  });
}
