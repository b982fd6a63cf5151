import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect } from 'chai';
import { readAudit } from '../../src/access/audit-log.ts';
import { createKey } from '../../src/cli/keys.ts';
import { createProject, holdProject } from '../../src/cli/projects.ts';
import { TestDaemon, type Answer } from '../support/daemon.ts';
import { project } from '../support/refusals.ts';
import type { Probe, Target } from '../support/probe.ts';
import { PROBES } from '../support/route-probes.ts';
import { everyRoute } from '../support/routes-of.ts';
import { multipart, send } from '../support/send.ts';

const SPIDERS = (name: string) => `import scrapy
class One(scrapy.Spider):
    name = "${name}"
    async def start(self):
        print("the log of ${name}")
        self.logger.info("the log of ${name}")
        yield {"from": "${name}"}
class Two(scrapy.Spider):
    name = "${name}2"
`;

const archiveOf = (name: string, spider: string) =>
  project({
    'scrapy.cfg': `[settings]\ndefault = p.settings\n[deploy]\nproject = ${name}\n`,
    'p/spiders.py': SPIDERS(spider),
  });

const ID = '7654321';

/** How the API of Scrapy Cloud's dashboard refuses whoever has no right key. */
const CLOUD_REFUSAL = [403, '{"status":"error","message":"Authentication failed"}\n'];

/** How the native API does. */
const NATIVE_REFUSAL = [
  401,
  '{"type":"about:blank","title":"Unauthorized","status":401,"detail":"Send a key as bearer token, or a user and a password."}\n',
];

/** Nothing of this exists. */
const ABSENT: Target = {
  ...{ project: 'absent', second: 'absent-two', spider: 'nobody', version: 'v-none' },
  ...{ job: '00000000-0000-4000-8000-00000000000a', jobid: 'no-job' },
  ...{ pending: '00000000-0000-4000-8000-00000000000b', pendingJobid: 'no-pending-job' },
  ...{ schedule: '00000000-0000-4000-8000-00000000000c', archive: archiveOf('absent', 'nobody') },
  secondSchedule: '00000000-0000-4000-8000-00000000000d',
  ...{ id: '8888888', spiderId: '77', key: '8888888/77/1', waitingKey: '8888888/77/2' },
};

describe('every route of every dialect', function () {
  this.timeout(60_000);
  let daemon: TestDaemon;
  let hidden: Target;
  const keys: Record<'admin' | 'right' | 'readOnly' | 'other', string> = {
    ...{ admin: '', right: '', readOnly: '', other: '' },
  };
  let host = 0;

  before(async function () {
    this.timeout(180_000);
    daemon = await TestDaemon.start();
    const archive = archiveOf('hidden', 'veiled');
    const add = async (name: string, version: string, egg: Buffer) => {
      const form = multipart({ project: name, version, egg });
      const { text } = await send(daemon.url, '/addversion.json', { method: 'POST', ...form });
      expect(text).to.contain('"status": "ok"');
    };
    createProject(daemon.data, 'hidden', ID);
    await add('mine', '1', archiveOf('mine', 'ourspider'));
    await add('hidden', 'v-covert', archive);
    await add('hidden-two', '1', archive);
    writeFileSync(join(daemon.data, 'builds', 'hidden.log'), 'the build of veiled\n');
    const run = async (name: string, spider: string, jobid: string) => {
      await daemon.post('/schedule.json', { project: name, spider, jobid });
      const [job] = await daemon
        .jobs(`status=ACTIVE&project=${name}`)
        .then(async (active) =>
          active.length > 0 ? active : daemon.jobs(`status=COMPLETED&project=${name}`),
        );
      const id = String(job?.identifier);
      expect(await daemon.over(id)).to.include({ status: 'SUCCESSFUL' });
      return id;
    };
    await run('mine', 'ourspider', 'my-job');
    const job = await run('hidden', 'veiled', 'covert-job');
    holdProject(daemon.data, 'hidden', true);
    for (const jobid of ['covert-pending', 'covert-waiting']) {
      await daemon.post('/schedule.json', { project: 'hidden', spider: 'veiled', jobid });
    }
    hidden = {
      ...{ project: 'hidden', second: 'hidden-two', spider: 'veiled', version: 'v-covert', archive },
      ...{ job, jobid: 'covert-job', pendingJobid: 'covert-pending' },
      pending: await daemon.schedule({ project: 'hidden', spider: 'veiled' }),
      schedule: await daemon.schedule({ project: 'hidden', spider: 'veiled', when: 'every monday' }),
      secondSchedule: await daemon.schedule({ project: 'hidden', spider: 'veiled', when: 'every tuesday' }),
      ...{ id: ID, spiderId: '1', key: `${ID}/1/1`, waitingKey: `${ID}/1/3` },
    };
    const key = async (name: string, projects: string[], readOnly = false) => {
      const { lines } = await createKey(daemon.data, { name, projects, readOnly }, Date.now());
      return lines[0] ?? '';
    };
    keys.admin = await key('admin', []);
    keys.right = await key('right', ['hidden', 'hidden-two']);
    keys.readOnly = await key('reader', ['hidden', 'hidden-two'], true);
    keys.other = await key('other', ['mine', 'nowhere']);
  });
  after(() => daemon[Symbol.asyncDispose]());

  /** Asks from an address of its own, so that wrong keys are not slowed down. */
  const ask = (probe: Probe, target: Target, key: string | null): Promise<Answer> => {
    const { headers = {}, ...sent } = probe.sent?.(target) ?? {};
    const authorization = key === null ? {} : { authorization: `Bearer ${key}` };
    host++;
    return send(daemon.url, probe.path(target), {
      ...sent,
      headers: { ...headers, ...authorization },
      localAddress: `127.1.${Math.floor(host / 250)}.${(host % 250) + 1}`,
    });
  };

  /** All that the daemon remembers, but for the use of keys. */
  const state = (): string => {
    const db = new DatabaseSync(join(daemon.data, 'orbweaver.db'), { readOnly: true });
    const tables = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'keys'").all();
    const rows = tables.map(({ name }) => [name, db.prepare(`SELECT * FROM "${String(name)}"`).all()]);
    db.close();
    return JSON.stringify(rows);
  };

  /** What nobody else may read, but for what the request says itself. */
  const expectNoLeak = (probe: Probe, target: Target, { text, headers }: Answer) => {
    const said = [probe.path(target), probe.sent?.(target).body, probe.says?.(target)].join(' ');
    const secrets = [...names(hidden), 'hidden', 'veiled', 'covert'].filter(
      (secret) => !said.includes(secret),
    );
    const shown = [text, ...[...headers].flat()].join('\n');
    for (const secret of secrets) expect(shown).to.not.contain(secret);
  };

  it('is in the table of requests, and nothing else is', () => {
    expect(Object.keys(PROBES).sort()).to.deep.equal(everyRoute().sort());
  });

  for (const [route, probes] of Object.entries(PROBES)) {
    for (const [index, probe] of probes.entries()) {
      it(`opens to the right key only: ${route} (${index + 1})`, async () => {
        const before = state();
        const wrong = keys.right.replace(/.{4}$/, (end) => (end === 'AAAA' ? 'BBBB' : 'AAAA'));
        for (const key of [null, wrong]) {
          const refused = await ask(probe, hidden, key);
          expect([refused.status, refused.text]).to.be.deep.oneOf([
            ...[[401, 'Unauthorized'], CLOUD_REFUSAL, NATIVE_REFUSAL],
          ]);
          expectNoLeak(probe, hidden, refused);
        }

        const elsewhere = await ask(probe, hidden, keys.other);
        expectNoLeak(probe, hidden, elsewhere);
        if (asksFor(probe, hidden) !== asksFor(probe, ABSENT)) {
          const absent = await ask(probe, ABSENT, keys.other);
          expect(elsewhere.status).to.equal(absent.status);
          expect(renamed(elsewhere.text)).to.equal(absent.text);
        }

        const read = await ask(probe, hidden, keys.readOnly);
        if (probe.shows === undefined) {
          expect(read.status).to.equal(403);
          expect(read.text)
            .to.contain('The key \\"reader\\" may read only')
            .and.to.match(/"status": ?"error"|"error":"Forbidden"|"title":"Forbidden"/);
          expectNoLeak(probe, hidden, read);
        } else {
          expect(read.status).to.equal(200);
          expect(read.text).to.contain(probe.shows(hidden));
          expect(read.text).to.not.match(/\bmine\b|ourspider|my-job/);
        }
        expect(state()).to.equal(before);

        if (route.includes('remove-project')) await restore();
        const untouched = state();
        const right = await ask(probe, hidden, keys.right);
        expect(right.status).to.be.oneOf([200, 201, 204]);
        if (probe.shows === undefined) {
          const isPatch = probe.sent?.(hidden).method === 'PATCH';
          expect(right.text).to.match(probe.answers ?? (isPatch ? /"tags":/ : /"status": ?"ok"/));
          expect(state()).to.not.equal(untouched);
        } else {
          expect(right.text).to.contain(probe.shows(hidden));
          expect(state()).to.equal(untouched);
        }
      });
    }
  }

  it('shows the key of another project its own, and all to a key of all', async () => {
    for (const [path, shown] of [
      ['/list-projects.json', '"projects": ["mine"]'],
      ['/listprojects.json', '"projects": ["mine"]'],
      ['/daemonstatus.json', '"pending": 0, "running": 0, "finished": 1'],
      [
        '/status.json',
        '"jobs-run": 1, "jobs-successful": 1, "jobs-failed": 0, "jobs-canceled": 0, "jobs-scheduled": 0',
      ],
      ['/listjobs.json', 'my-job'],
      ['/jobs', 'my-job'],
      ['/logs/', 'mine'],
    ] as const) {
      const { text } = await ask({ path: () => path }, hidden, keys.other);
      expect(text, path).to.contain(shown).and.to.not.contain('hidden');
      expect((await ask({ path: () => path }, hidden, keys.admin)).status).to.equal(200);
    }
    const all = await ask({ path: () => '/jobs' }, hidden, keys.admin);
    expect(all.text).to.contain('my-job').and.to.contain('covert-job');
  });

  it('leaves a record of what was changed and refused, and by whom, but not of what was read', () => {
    const all = readAudit(daemon.data, 10_000);
    const entered = all.filter(({ action }) => action === 'enter');
    expect(entered).to.have.length(Object.values(PROBES).flat().length);
    for (const { kind, name, outcome } of entered) {
      expect([kind, name, outcome]).to.deep.equal(['anybody', '', 'refused']);
    }
    expect(JSON.stringify(all)).to.not.contain('orbweaver_');
    const records = all.filter(({ dialect }) => dialect !== '');
    const of = (name: string) => records.filter((record) => record.name === name);
    const lines = (name: string) =>
      of(name).map(({ kind, dialect, action, object, outcome }) =>
        [kind, dialect, action, object.replace(/ [-0-9a-f]{36}$/, ' ID'), outcome].join(' '),
      );
    expect(lines('right')).to.include.members([
      'key scrapyd push hidden 3 done',
      'key scrapy-do schedule hidden/veiled done',
      'key scrapyd schedule hidden/veiled done',
      'key scrapy-do cancel hidden/veiled ID done',
      'key scrapyd cancel hidden/veiled ID done',
      'key scrapyd remove hidden 3 done',
      'key scrapyd remove hidden-two done',
      'key scrapy-do remove hidden-two done',
    ]);
    expect(lines('right').filter((line) => line.startsWith('key scrapy-do push hidden '))).to.have.length(1);
    expect(new Set(of('reader').map(({ outcome }) => outcome))).to.deep.equal(new Set(['refused']));
    expect(lines('reader')).to.include('key scrapyd change /addversion.json refused');
    expect(of('other').every(({ outcome }) => outcome !== 'done')).to.equal(true);
    const tried = of('other').map(({ dialect, object, reason }) => [dialect, object, reason].join(' '));
    expect(tried).to.include.members([
      "scrapyd /schedule.json project 'hidden' not found",
      "scrapyd /cancel.json project 'hidden' not found",
      "scrapyd /delversion.json version '3' not found",
      "scrapyd /delproject.json project 'hidden-two' not found",
    ]);
    expect(records.every(({ address }) => address.startsWith('127.'))).to.equal(true);
    const changing = Object.values(PROBES)
      .flat()
      .filter(({ shows }) => shows === undefined).length;
    expect(of('right')).to.have.length(changing);
    expect(of('reader')).to.have.length(changing);
  });

  /** Puts back what an earlier probe has removed. */
  async function restore(): Promise<void> {
    const form = multipart({ project: 'hidden-two', version: '1', egg: hidden.archive });
    const { headers, ...sent } = { method: 'POST', ...form };
    const authorization = `Bearer ${keys.admin}`;
    await send(daemon.url, '/addversion.json', { ...sent, headers: { ...headers, authorization } });
  }

  function renamed(text: string): string {
    const [from, to] = [names(hidden), names(ABSENT)];
    return from.reduce((renamed, name, index) => renamed.replaceAll(name, to[index] ?? ''), text);
  }
});

/** The longest first, since one may be in another. */
function names(target: Target): string[] {
  const { second, project, spider, version, job, pending, pendingJobid, jobid, schedule } = target;
  const { secondSchedule, key, waitingKey, id } = target;
  return [
    ...[second, project, spider, version, job, pending, pendingJobid, jobid],
    ...[schedule, secondSchedule, key, waitingKey, id],
  ];
}

function asksFor(probe: Probe, target: Target): string {
  return JSON.stringify([probe.path(target), probe.sent?.(target)]);
}
