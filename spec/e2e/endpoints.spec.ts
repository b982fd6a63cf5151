import { hostname } from 'node:os';
import { expect } from 'chai';
import { TestDaemon, TROUBLE_SPIDERS } from '../support/daemon.ts';
import { makeEveryState, type EveryState } from '../support/every-state.ts';
import { multipart, send, urlencoded } from '../support/send.ts';

const BERLIN = 'Europe/Berlin';
const TIMESTAMP = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}$/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const ROW_KEYS = [
  ...['identifier', 'status', 'actor', 'schedule', 'project', 'spider', 'timestamp', 'duration'],
  ...['description', 'payload'],
];

/** Milliseconds from a time in Berlin, as the daemon writes it, to now. */
function ageInBerlin(text: unknown): number {
  const now = new Date().toLocaleString('sv-SE', { timeZone: BERLIN });
  const asUtc = (local: string) => Date.parse(`${local.replace(' ', 'T')}Z`);
  return asUtc(now) - asUtc(String(text).slice(0, 19));
}

describe('the nine endpoints', () => {
  let daemon: TestDaemon;
  let jobs: EveryState;
  before(async function () {
    this.timeout(180_000);
    daemon = await TestDaemon.start({ args: ['--job-slots', '1'], env: { TZ: BERLIN } });
    jobs = await makeEveryState(daemon);
  });
  after(() => daemon[Symbol.asyncDispose]());

  it('status.json tells about the daemon', async () => {
    const { status, headers, body } = await daemon.get('/status.json');
    expect(status).to.equal(200);
    expect(headers.get('content-type')).to.equal('application/json');
    expect(body).to.have.all.keys(
      ...['status', 'memory-usage', 'cpu-usage', 'time', 'timezone', 'hostname', 'uptime', 'daemon-version'],
      ...[
        'jobs-run',
        'jobs-successful',
        'jobs-failed',
        'jobs-canceled',
        'jobs-scheduled',
        'projects',
        'spiders',
      ],
    );
    expect(body).to.include({
      status: 'ok',
      timezone: 'CET; CEST',
      hostname: hostname(),
      'jobs-run': 4,
      'jobs-successful': 1,
      'jobs-failed': 1,
      'jobs-canceled': 1,
      'jobs-scheduled': 1,
      projects: 1,
      spiders: TROUBLE_SPIDERS.length,
      'daemon-version': '0.1.0',
    });
    const { time, uptime, ...rest } = body as Record<string, unknown>;
    expect(time).to.match(TIMESTAMP);
    expect(ageInBerlin(time)).to.be.within(-1000, 5000);
    expect(uptime).to.match(/^(\d+m )?\d+s$/);
    expect(rest['memory-usage']).to.be.a('number').within(10, 2000);
    expect(rest['cpu-usage']).to.be.a('number').within(0, 800);
  });

  it('list-projects.json and list-spiders.json tell what can run', async () => {
    const projects = await daemon.get('/list-projects.json');
    expect(projects.body).to.deep.equal({ status: 'ok', projects: ['trouble'] });
    const spiders = await daemon.get('/list-spiders.json?project=trouble');
    expect(spiders.body).to.deep.equal({ status: 'ok', project: 'trouble', spiders: TROUBLE_SPIDERS });
  });

  it('list-jobs.json lists each state, and ACTIVE and COMPLETED newest first', async () => {
    const ids = async (query: string) => (await daemon.jobs(query)).map((job) => job.identifier);
    const completed = [
      jobs.canceledSchedule,
      jobs.canceled,
      jobs.canceledPending,
      jobs.failed,
      jobs.successful,
    ];
    expect(await ids('status=SCHEDULED')).to.deep.equal([jobs.scheduled]);
    expect(await ids('status=PENDING')).to.deep.equal([jobs.pending]);
    expect(await ids('status=RUNNING')).to.deep.equal([jobs.running]);
    expect(await ids('status=SUCCESSFUL')).to.deep.equal([jobs.successful]);
    expect(await ids('status=FAILED')).to.deep.equal([jobs.failed]);
    expect(await ids('status=CANCELED')).to.deep.equal(completed.slice(0, 3));
    expect(await ids('status=ACTIVE')).to.deep.equal([jobs.scheduled, jobs.pending, jobs.running]);
    expect(await ids('status=COMPLETED')).to.deep.equal(completed);
    for (const query of ['status=ACTIVE', 'status=COMPLETED']) {
      const times = (await daemon.jobs(query)).map((job) => String(job.timestamp));
      expect(times).to.deep.equal(times.toSorted().reverse());
    }
  });

  it('list-jobs.json filters by project and spider, and pages by offset and limit', async () => {
    const ids = async (query: string) => (await daemon.jobs(query)).map((job) => job.identifier);
    const whole = await ids('status=COMPLETED');
    expect(await ids('status=COMPLETED&limit=2')).to.deep.equal(whole.slice(0, 2));
    expect(await ids('status=COMPLETED&offset=1&limit=3')).to.deep.equal(whole.slice(1, 4));
    expect(await ids('status=COMPLETED&offset=4')).to.deep.equal(whole.slice(4));
    expect(await ids('status=COMPLETED&offset=99')).to.deep.equal([]);
    expect(await ids('status=COMPLETED&limit=0')).to.deep.equal([]);
    expect(await ids('status=COMPLETED&spider=fine')).to.deep.equal([jobs.canceledSchedule, jobs.successful]);
    expect(await ids('status=ACTIVE&project=trouble&spider=lines')).to.deep.equal([jobs.running]);
    expect(await ids('status=ACTIVE&project=another')).to.deep.equal([]);
  });

  it('list-jobs.json shows a job and a schedule by id, with the keys of Scrapy Do 0.5', async () => {
    const common = { project: 'trouble', actor: 'USER', description: '', payload: '{}' };
    const expected = {
      [jobs.pending]: {
        ...common,
        ...{ status: 'PENDING', schedule: 'now', spider: 'silent', duration: null },
        ...{ description: 'waits', payload: '{"n": 1}' },
      },
      [jobs.scheduled]: {
        ...common,
        ...{ status: 'SCHEDULED', schedule: 'Every  Monday at 9:05', spider: 'fine', duration: null },
      },
      [jobs.canceledSchedule]: {
        ...common,
        ...{ status: 'CANCELED', schedule: 'every 2 weeks', spider: 'fine', duration: null },
      },
      [jobs.canceledPending]: {
        ...common,
        ...{ status: 'CANCELED', schedule: 'now', spider: 'silent', duration: null },
      },
    };
    for (const [id, row] of Object.entries(expected)) {
      const { body } = await daemon.get(`/list-jobs.json?id=${id}`);
      const { timestamp, ...rest } = (body as { jobs: Record<string, unknown>[] }).jobs[0] ?? {};
      expect(body).to.have.all.keys('status', 'jobs');
      expect(rest).to.deep.equal({ identifier: id, ...row });
      expect(timestamp).to.match(TIMESTAMP);
      expect(ageInBerlin(timestamp)).to.be.within(-1000, 120_000);
    }
    const successful = await daemon.job(jobs.successful);
    expect(successful).to.have.all.keys(ROW_KEYS);
    expect(successful.duration).to.be.a('number').within(0, 60);
    expect(Number.isInteger(successful.duration)).to.equal(true);
  });

  it('schedule-job.json gives a job for now, a schedule for a spec; cancel-job.json ends both', async () => {
    for (const when of ['now', 'every 10 minutes']) {
      const made = await daemon.post('/schedule-job.json', { project: 'trouble', spider: 'silent', when });
      expect(made.status).to.equal(200);
      expect(made.body).to.have.all.keys('status', 'identifier').and.to.include({ status: 'ok' });
      const { identifier: id } = made.body as { identifier: string };
      expect(id).to.match(UUID);
      const canceled = await daemon.post('/cancel-job.json', { id });
      expect([canceled.status, canceled.body]).to.deep.equal([200, { status: 'ok' }]);
      expect(await daemon.job(id)).to.include({ status: 'CANCELED', schedule: when });
    }
  });

  it('keep descriptions, payloads and arguments to the letter, whatever is in them', async () => {
    const description = `<b>'"; DROP TABLE jobs; -- ../\r\n🕷 ${'x'.repeat(5000)}`;
    const payload = '{"__proto__": [1e400, "\\u0000", 12345678901234567890]}';
    const id = await daemon.schedule({
      spider: 'silent',
      description,
      payload,
      constructor: '1',
      arg: '__proto__=2',
    });
    expect(await daemon.job(id)).to.include({ description, payload, status: 'PENDING' });
    await daemon.post('/cancel-job.json', { id });
    expect(await daemon.job(id)).to.include({ description, payload, status: 'CANCELED' });
  });

  it('get-log gives what there is, whatever folder is named', async () => {
    for (const folder of ['data', 'x', '%20', 'a%2Fb']) {
      const { status, text, headers } = await daemon.get(`/get-log/${folder}/${jobs.failed}.err`);
      expect(status).to.equal(200);
      expect(headers.get('content-type')).to.match(/^text\/plain/);
      expect(text).to.contain('Traceback');
    }
    const pending = await daemon.get(`/get-log/data/${jobs.pending}.out`);
    expect([pending.status, pending.text]).to.deep.equal([200, '']);

    const path = `/get-log/data/${jobs.canceled}.out`;
    const whole = (await daemon.get(path)).text;
    const part = await daemon.get(path, { headers: { range: 'bytes=5-' } });
    expect([part.status, part.text]).to.deep.equal([206, whole.slice(5)]);
    const none = await daemon.get(path, { headers: { range: `bytes=${whole.length}-` } });
    expect([none.status, none.text]).to.deep.equal([416, '']);
    const head = await daemon.get(path, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length')]).to.deep.equal([200, String(whole.length)]);
  });

  it('get-log answers 404 to what is no log', async () => {
    const unknown = '00000000-0000-4000-8000-000000000000';
    for (const file of [
      `${unknown}.out`,
      `${jobs.failed}.log`,
      jobs.failed,
      `${jobs.scheduled}.out`,
      '.err',
    ]) {
      const { status, body } = await daemon.get(`/get-log/data/${file}`);
      expect(status, file).to.equal(404);
      expect(body).to.have.property('status', 'error');
      expect(body).to.have.property('msg').that.contains(`"${file}"`);
    }
  });

  it('answer HEAD like GET, without a body', async () => {
    for (const path of ['/status.json', '/list-projects.json', '/list-jobs.json?status=ACTIVE']) {
      const { status, text, headers } = await daemon.get(path, { method: 'HEAD' });
      expect([status, text]).to.deep.equal([200, '']);
      expect(headers.get('content-type')).to.equal('application/json');
    }
  });

  describe('take their parameters', () => {
    const forms = { urlencoded, multipart };
    const query = (fields: Record<string, string>) => `?${new URLSearchParams(fields).toString()}`;

    for (const [kind, form] of Object.entries(forms)) {
      it(`from the query and from ${kind} forms, merged, whatever the method`, async () => {
        const get = (path: string, fields: Record<string, string>) => send(daemon.url, path, form(fields));
        const post = (path: string, fields: Record<string, string>) =>
          send(daemon.url, path, { method: 'POST', ...form(fields) });

        expect((await get('/status.json', { x: '1' })).status).to.equal(200);
        expect((await get('/list-projects.json', { x: '1' })).status).to.equal(200);
        expect((await get('/list-spiders.json', { project: 'trouble' })).body).to.have.property('spiders');
        const list = await get('/list-jobs.json?limit=1', { status: 'ACTIVE' });
        expect((list.body as { jobs: unknown[] }).jobs).to.have.length(1);

        const fields = { project: 'trouble', spider: 'silent', when: 'now' };
        const { project, ...others } = fields;
        const made = [
          await post(`/schedule-job.json${query(fields)}`, {}),
          await post('/schedule-job.json', fields),
          await post(`/schedule-job.json${query({ project })}`, others),
        ];
        for (const [index, { status, body }] of made.entries()) {
          expect(status).to.equal(200);
          const { identifier: id } = body as { identifier: string };
          const canceled =
            index === 0
              ? await post(`/cancel-job.json${query({ id })}`, {})
              : await post('/cancel-job.json', { id });
          expect(canceled.body).to.deep.equal({ status: 'ok' });
        }
        const twice = await post(`/cancel-job.json${query({ id: 'a' })}`, { id: 'b' });
        expect([twice.status, twice.body]).to.deep.equal([
          400,
          { status: 'error', msg: 'Parameter "id" is given twice.' },
        ]);
        const removal = await post('/remove-project.json', { name: 'nothing' });
        expect(removal.body).to.deep.equal({ status: 'error', msg: 'Unknown project "nothing".' });
        const log = await get(`/get-log/data/${jobs.canceled}.out`, { x: '1' });
        expect(log.text).to.contain('page');
      });
    }
  });
});
