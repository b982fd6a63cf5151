import { expect } from 'chai';
import type { Access } from '../../src/access/access.ts';
import type { Change } from '../../src/access/changes.ts';
import { coreView, type Core, type CoreView } from '../../src/access/core-view.ts';
import { UserError } from '../../src/errors.ts';
import { NO_RULES } from '../../src/schedule/schedule.ts';
import { aRequest } from '../support/samples.ts';

const STOP = { signal: 'SIGINT', graceMs: null };
const request = (project: string) => aRequest({ project });
const aScheduleRequest = (project: string) => ({
  ...{ when: 'every day', rules: NO_RULES },
  request: request(project),
});

/** Everything that can be changed or looked up by the services, about a project; `id` is that of its job and schedule. */
const CALLS: Record<string, (core: CoreView, project: string) => unknown> = {
  'jobs.submit': ({ jobs }, project) => jobs.submit(request(project)),
  'jobs.cancel': ({ jobs }, project) => jobs.cancel(`job of ${project}`, STOP),
  'jobs.stop': ({ jobs }, project) => jobs.stop(`job of ${project}`, STOP),
  'jobs.setFields': ({ jobs }, project) => jobs.setFields(`job of ${project}`, {}),
  'moves.push': ({ moves }, project) => moves.push({ request: request(project), meta: {}, stage: 'pending' }),
  'moves.claim': ({ moves }, project) => moves.claim(project, {}),
  'moves.move': ({ moves }, project) => moves.move(`job of ${project}`, 'finished', {}),
  'moves.moveAll': ({ moves }, project) =>
    moves.moveAll(project, [{ id: `job of ${project}`, to: null, fields: {} }]),
  'moves.cancel': ({ moves }, project) => moves.cancel(`job of ${project}`),
  'moves.erase': ({ moves }, project) => {
    moves.erase(`job of ${project}`);
  },
  'schedules.submit': ({ schedules }, project) => schedules.submit(aScheduleRequest(project)),
  'schedules.add': ({ schedules }, project) => schedules.add(aScheduleRequest(project)),
  'schedules.edit': ({ schedules }, project) => schedules.edit(`schedule of ${project}`, {}),
  'schedules.pause': ({ schedules }, project) => schedules.pause(`schedule of ${project}`),
  'schedules.resume': ({ schedules }, project) => schedules.resume(`schedule of ${project}`),
  'schedules.run': ({ schedules }, project) => schedules.run(`schedule of ${project}`),
  'schedules.cancel': ({ schedules }, project) => schedules.cancel(`schedule of ${project}`),
  'projects.current': ({ projects }, project) => projects.current(project),
  'projects.push': ({ projects }, project) => projects.push('archive', { project, version: '1' }),
  'projects.numberSpider': ({ projects }, project) => projects.numberSpider(project, 'css'),
  'projects.setSpiderTags': ({ projects }, project) => {
    projects.setSpiderTags(project, 'css', []);
  },
  'projects.setSettings': ({ projects }, project) => {
    projects.setSettings(project, {});
  },
  'projects.addActivity': ({ projects }, project) => {
    projects.addActivity(project, [], 1);
  },
  'projects.remove': ({ projects }, project) => projects.remove(project),
  'projects.removeVersion': ({ projects }, project) => projects.removeVersion(project, '1'),
};
/** Tells of what was changed already, or reads what belongs to no project. */
const HARMLESS = ['jobs.canceled', 'jobs.requireRecords', 'schedules.planOf'];
const READING = ['projects.current'];

describe('the core, as whoever asks may see and change it', () => {
  let done: string[];
  /** What the core was given the last time. */
  let asked: unknown[];
  let recorded: Change[];
  beforeEach(() => {
    done = [];
    recorded = [];
  });

  /** A core that has whatever it is asked for, and notes what it was asked to do. */
  const view = (access: Partial<Access>): CoreView => {
    const note =
      (name: string) =>
      (...args: unknown[]) => {
        const check = args[2];
        if (typeof check === 'function')
          (check as (project: string) => void)((args[1] as Access & { project: string }).project);
        done.push(name);
        asked = args;
        return true;
      };
    const service = (folder: string) =>
      new Proxy({}, { get: (_, name) => note(`${folder}.${String(name)}`) });
    const store = {
      shared: (work: () => unknown) => work(),
      setFields: note('jobs.setFields'),
      numberSpider: note('projects.numberSpider'),
      setSpiderTags: note('projects.setSpiderTags'),
      setProjectSettings: note('projects.setSettings'),
      addActivity: note('projects.addActivity'),
      job: (id: string) => ({ id, project: id.replace('job of ', ''), spider: 'css' }),
      schedule: (id: string) => ({ id, request: request(id.replace('schedule of ', '')) }),
    };
    const core = {
      store,
      ...Object.fromEntries(['jobs', 'moves', 'schedules', 'projects'].map((each) => [each, service(each)])),
    };
    const full: Access = { who: { kind: 'key', name: 'ci' }, readOnly: false, projects: null, ...access };
    return coreView(core as unknown as Core, full, (change) => recorded.push(change));
  };
  /** The fault, with the project's name left out; null where there is none. */
  const faultOf = (
    call: (core: CoreView, project: string) => unknown,
    access: Partial<Access>,
    project: string,
  ) => {
    try {
      call(view(access), project);
      return null;
    } catch (error) {
      expect(error).to.be.instanceOf(UserError);
      const { kind, message } = error as UserError;
      return { kind, message: message.replaceAll(project, '…') };
    }
  };

  it('is told who asks', () => {
    for (const name of [
      'jobs.submit',
      'jobs.cancel',
      'jobs.stop',
      'schedules.submit',
      'schedules.run',
      'moves.cancel',
    ]) {
      CALLS[name]?.(view({}), 'quotes');
      expect(JSON.stringify(asked), name).to.include('"ci"');
    }
  });

  it('moves no schedule into a project that is not for them', () => {
    const move = (to: string) => (core: CoreView) =>
      core.schedules.edit('schedule of quotes', { request: request(to) });
    expect(faultOf(move('hidden'), { projects: ['quotes'] }, 'hidden')).to.deep.equal({
      kind: 'not-found',
      message: 'Unknown project "…".',
    });
    expect(done).to.deep.equal([]);
  });

  it('can be asked for this, and nothing else', () => {
    const core = view({});
    const names = (['jobs', 'moves', 'schedules', 'projects'] as const).flatMap((folder) =>
      Object.keys(core[folder]).map((name) => `${folder}.${name}`),
    );
    expect(names.sort()).to.deep.equal([...Object.keys(CALLS), ...HARMLESS].sort());
  });

  for (const [name, call] of Object.entries(CALLS)) {
    const isChange = !READING.includes(name);

    it(`does it for who may: ${name}`, () => {
      for (const access of [{}, { projects: ['quotes'] }]) {
        expect(faultOf(call, access, 'quotes')).to.equal(null);
        expect(done).to.deep.equal([name]);
        expect(recorded.map(({ outcome }) => outcome)).to.deep.equal(isChange ? ['done'] : []);
        [done, recorded] = [[], []];
      }
    });

    it(`does nothing about another project, and says no more than of none: ${name}`, () => {
      const fault = faultOf(call, { projects: ['quotes'] }, 'hidden');
      expect(fault).to.deep.equal(faultOf(call, { projects: ['quotes'] }, 'absent'));
      if (name === 'schedules.cancel') expect(fault).to.equal(null);
      else expect(fault?.kind).to.equal(name === 'projects.push' ? 'forbidden' : 'not-found');
      expect(done).to.deep.equal([]);
    });

    if (isChange) {
      it(`changes nothing for a read-only key, and records that it tried: ${name}`, () => {
        expect(faultOf(call, { readOnly: true }, 'quotes')).to.deep.equal({
          kind: 'forbidden',
          message: 'The key "ci" may read only, and change nothing.',
        });
        expect(done).to.deep.equal([]);
        expect(recorded).to.have.length(1);
        expect(recorded[0]).to.include({ outcome: 'refused' });
      });
    }
  }
});
