import { expect } from 'chai';
import { filesIn, jobsIn, unescaped } from '../http/dialects/scrapyd/pages/patterns.ts';
import { TestDaemon } from '../support/daemon.ts';
import { makeEveryState, type EveryState } from '../support/every-state.ts';

const HEX = (id: string) => id.replaceAll('-', '');

describe("scrapyd's pages", function () {
  this.timeout(60_000);
  let daemon: TestDaemon;
  let jobs: EveryState;
  before(async function () {
    this.timeout(180_000);
    daemon = await TestDaemon.start({ args: ['--job-slots', '1'] });
    jobs = await makeEveryState(daemon);
  });
  after(() => daemon[Symbol.asyncDispose]());

  it('show on /jobs what waits, runs and ran', async () => {
    const { status, text } = await daemon.get('/jobs');
    expect(status).to.equal(200);
    const rows = jobsIn(text);
    expect(rows.map((row) => [row.job, row.spider])).to.deep.equal([
      [HEX(jobs.pending), 'silent'],
      [HEX(jobs.running), 'lines'],
      [HEX(jobs.canceled), 'crawling'],
      [HEX(jobs.failed), 'failing'],
      [HEX(jobs.successful), 'fine'],
    ]);
    const [pending, running, ...finished] = rows;
    expect([pending?.pid, pending?.start, pending?.finish]).to.deep.equal(['', '', '']);
    expect(running?.pid).to.match(/^\d+$/);
    expect([running?.finish, running?.runtime]).to.satisfy(
      ([finish, runtime]: string[]) => finish === '' && /^0:0\d:\d\d$/.test(runtime ?? ''),
    );
    for (const row of finished) {
      expect(row.pid).to.equal('');
      for (const time of [row.start, row.finish]) expect(time).to.match(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
    }
  });

  it('give the log and the items of a job, found from / by links alone', async () => {
    const hrefs = async (path: string) =>
      Array.from((await daemon.get(path)).text.matchAll(/href="([^"]*)"/g), ([, href = '']) =>
        new URL(unescaped(href), daemon.url + path).href.slice(daemon.url.length),
      );
    const home = await hrefs('/');
    expect(home).to.include.members(['/jobs', '/logs/', '/items/']);
    expect(await hrefs('/logs/')).to.include('/logs/trouble/');
    expect(await hrefs('/logs/trouble/')).to.deep.equal(
      ['crawling', 'failing', 'fine', 'lines'].map((spider) => `/logs/trouble/${spider}/`),
    );
    const [log = ''] = await hrefs('/logs/trouble/fine/');
    expect(log).to.equal(`/logs/trouble/fine/${HEX(jobs.successful)}.log`);
    const { text, headers } = await daemon.get(log);
    expect(text)
      .to.equal(await daemon.log(jobs.successful, 'err'))
      .and.to.include('to stderr');
    expect(headers.get('content-type')).to.equal('text/plain; charset=utf-8');
    const [items = ''] = await hrefs('/items/trouble/fine/');
    const item = JSON.parse((await daemon.get(items)).text) as { text: string };
    expect(item.text).to.include('emoji');
    const shown = jobsIn((await daemon.get('/jobs')).text).find(({ job }) => job === HEX(jobs.successful));
    expect([shown?.log, shown?.items]).to.deep.equal([log, items]);
    const [row] = filesIn((await daemon.get('/items/trouble/fine/')).text);
    expect(row?.size).to.equal(`${Buffer.byteLength((await daemon.get(items)).text)}B`);
  });

  it('give what a running job has written so far, and do not wait for more', async () => {
    const path = `/logs/trouble/lines/${HEX(jobs.running)}.log`;
    const whole = await daemon.get(path);
    expect(whole.status).to.equal(200);
    const part = await daemon.get(path, { headers: { Range: 'bytes=0-3' } });
    expect([part.status, part.text]).to.deep.equal([206, whole.text.slice(0, 4)]);
  });

  it('are of scrapyd, not open to other sites, and say what is not there', async () => {
    const { headers } = await daemon.get('/jobs');
    expect(headers.get('access-control-allow-origin')).to.equal(null);
    expect(headers.get('content-security-policy')).to.match(/script-src-attr 'unsafe-hashes' 'sha256-/);
    expect(headers.get('referrer-policy')).to.equal('same-origin');
    expect((await daemon.get('/logs/')).headers.get('content-security-policy')).to.include(
      "script-src-attr 'none'",
    );
    const { status, text } = await daemon.get('/logs/nothing/');
    expect([status, text]).to.deep.equal([404, 'There is nothing at "/logs/nothing/".']);
    const moved = await daemon.get('/logs/trouble', {
      redirect: 'manual',
      headers: { 'X-Forwarded-Prefix': '/spiders' },
    });
    expect([moved.status, moved.headers.get('location')]).to.deep.equal([302, '/spiders/logs/trouble/']);
  });

  it('cancel a job by the form, as a browser sends it', async () => {
    const { text } = await daemon.get('/jobs');
    const forms = Array.from(text.matchAll(/<form[^]*?<\/form>/g), ([form]) => form);
    expect(forms).to.have.length(2);
    for (const [index, id] of [jobs.pending, jobs.running].entries()) {
      const form = forms[index] ?? '';
      const fields = new URLSearchParams();
      for (const [, name = '', value = ''] of form.matchAll(/name="([^"]*)" value="([^"]*)"/g)) {
        fields.append(name, unescaped(value));
      }
      const action = /action="([^"]*)"/.exec(form)?.[1] ?? '';
      const { body } = await daemon.post(action, fields, {
        Origin: daemon.url,
        'Sec-Fetch-Site': 'same-origin',
      });
      expect(body).to.include({ status: 'ok', prevstate: index === 0 ? 'pending' : 'running' });
      expect((await daemon.over(id)).status).to.equal('CANCELED');
    }
    const rows = jobsIn((await daemon.get('/jobs')).text);
    expect(rows.map((row) => row.job))
      .to.include(HEX(jobs.running))
      .and.not.to.include(HEX(jobs.pending));
  });
});
