import { createHash } from 'node:crypto';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { expect } from 'chai';
import { jobsIn, skeleton, unescaped } from './patterns.ts';
import { aSite, HOSTILE_NAMES } from './site.ts';

const START = new Date(2012, 8, 12, 10, 14, 3, 594).getTime();

describe('/jobs', () => {
  it('shows what waits in the order of the queue, what runs, and what ended last, as ScrapydWeb reads it', async () => {
    await using site = await aSite({ now: () => START + 5999, finishedToKeep: 2 });
    site.push('quotes', ['css', 'xpath']);
    const low = site.pending({ priority: -1 });
    const high = site.pending({ spider: 'xpath', priority: 5 });
    site.pending({ spider: 'xpath' }, 'chosen');
    const running = site.running(site.pending(), START, 12);
    const [first, second, third] = [1, 2, 3].map((day) => {
      const job = site.pending();
      return site.over(site.running(job, START - day * 86_400_000), START + 10_000 * day);
    });
    const { status, headers, text } = await site.get('/jobs');
    expect([status, headers.get('content-type')]).to.deep.equal([200, 'text/html; charset=utf-8']);
    const common = { project: 'quotes', spider: 'css', pid: '', log: '', items: '' };
    const waiting = { ...common, start: '', runtime: '', finish: '' };
    const ended = { ...common, pid: '' };
    expect(jobsIn(text)).to.deep.equal([
      { ...waiting, spider: 'xpath', job: high.jobid },
      { ...waiting, spider: 'xpath', job: 'chosen' },
      { ...waiting, job: low.jobid },
      {
        ...common,
        job: running.jobid,
        pid: '12',
        start: '2012-09-12 10:14:03',
        runtime: '0:00:05',
        finish: '',
      },
      {
        ...{ ...ended, job: third!.jobid, start: '2012-09-09 10:14:03' },
        ...{ runtime: '3 days, 0:00:30', finish: '2012-09-12 10:14:33' },
      },
      {
        ...{ ...ended, job: second!.jobid, start: '2012-09-10 10:14:03' },
        ...{ runtime: '2 days, 0:00:20', finish: '2012-09-12 10:14:23' },
      },
    ]);
    expect(text).not.to.include(first!.jobid);
    const groups = text.split('<tbody>').slice(1);
    expect(groups.map((group) => /<th colspan="10">(\w+)</.exec(group)?.[1])).to.deep.equal([
      ...['Pending', 'Running', 'Finished'],
    ]);
    expect(groups.map((group) => group.match(/<form/g)?.length ?? 0)).to.deep.equal([3, 1, 0]);
    expect(
      text
        .match(/<th>\w+<\/th>/g)
        ?.join(' ')
        .replace(/<\/?th>/g, ''),
    ).to.equal('Project Spider Job PID Start Runtime Finish Log Items Cancel');
  });

  it('links to the files that there are, with the prefix of the proxy', async () => {
    await using site = await aSite();
    site.push('quotes', ['css']);
    const both = site.ran(site.pending(), { log: 'a log', items: '{}\n' }, 3000);
    const log = site.ran(site.pending(), { log: '' }, 2000);
    site.ran(site.pending(), {}, 1000);
    const page = await site.get('/jobs', { headers: { 'X-Forwarded-Prefix': '/spiders/' } });
    expect(jobsIn(page.text).map((job) => [job.log, job.items])).to.deep.equal([
      [`/spiders/logs/quotes/css/${both.jobid}.log`, `/spiders/items/quotes/css/${both.jobid}.jl`],
      [`/spiders/logs/quotes/css/${log.jobid}.log`, ''],
      ['', ''],
    ]);
    expect(page.text).to.include('<a href="/spiders/">');
    expect((await site.get(`/logs/quotes/css/${both.jobid}.log`)).text).to.equal('a log');
  });

  it('has a form that cancels, whose question is the only script that the policy allows', async () => {
    await using site = await aSite();
    site.push('quotes', ['css']);
    site.pending({}, 'chosen');
    const { text, headers } = await site.get('/jobs', { headers: { 'X-Forwarded-Prefix': '/spiders' } });
    const form = /<form[^]*<\/form>/.exec(text)?.[0] ?? '';
    expect(form).to.match(/^<form method="post" action="\/spiders\/cancel\.json" onsubmit="return confirm\(/);
    expect(form).to.include('name="project" value="quotes"').and.to.include('name="job" value="chosen"');
    const handler = unescaped(/onsubmit="([^"]*)"/.exec(form)?.[1] ?? '');
    const hash = createHash('sha256').update(handler).digest('base64');
    const policy = new Map(
      (headers.get('content-security-policy') ?? '').split(';').map((directive) => {
        const [name = '', ...values] = directive.split(' ');
        return [name, values.join(' ')];
      }),
    );
    expect(policy.get('script-src-attr')).to.equal(`'unsafe-hashes' 'sha256-${hash}'`);
    expect(policy.get('script-src')).to.equal("'none'");
    expect(policy.get('form-action')).to.equal("'self'");
    expect(policy.has('upgrade-insecure-requests')).to.be.false;
    // By no-referrer, the app's policy, browsers send the form with Origin: null.
    expect(headers.get('referrer-policy')).to.equal('same-origin');
  });

  it('shows any name as text, and finds its files', async () => {
    await using plain = await aSite();
    await using site = await aSite();
    for (const [index, name] of HOSTILE_NAMES.entries()) {
      site.push(name, [name]);
      site.ran(site.pending({ project: name, spider: name }, name), { log: `the log of ${name}` }, index);
      site.pending({ project: name, spider: name }, name);
      plain.push(`p${index}`, ['s']);
      plain.ran(plain.pending({ project: `p${index}`, spider: 's' }), { log: '' }, index);
      plain.pending({ project: `p${index}`, spider: 's' });
    }
    const { text } = await site.get('/jobs');
    expect(skeleton(text)).to.equal(skeleton((await plain.get('/jobs')).text));
    const names = HOSTILE_NAMES.filter((name) => !name.includes('\n'));
    const jobs = jobsIn(text);
    expect(jobs.filter((job) => job.start === '').map((job) => unescaped(job.spider))).to.deep.equal(names);
    for (const job of jobs.filter(({ start }) => start !== '')) {
      const name = unescaped(job.project);
      expect(job.log, name).to.match(/^\/logs(?:\/[\w.~%-]+){3}$/);
    }
  });

  it('answers HEAD without rows, and names the methods that there are', async () => {
    await using site = await aSite();
    const head = await site.get('/jobs', { method: 'HEAD' });
    expect([head.status, head.headers.get('content-type'), head.text]).to.deep.equal([
      ...[200, 'text/html; charset=utf-8', ''],
    ]);
    const post = await site.get('/jobs', { method: 'POST' });
    expect([post.status, post.headers.get('allow')]).to.deep.equal([405, 'GET, HEAD']);
    expect((await site.get('/jobs/')).text).to.equal('nobody');
    expect((await site.get('/Jobs')).text).to.equal('nobody');
  });

  it('comes whole with 100,000 pending jobs, and others are served in between', async function () {
    this.timeout(30_000);
    await using site = await aSite();
    site.push('quotes', ['css']);
    site.copies(site.pending(), 99_999);
    const delay = monitorEventLoopDelay({ resolution: 5 });
    delay.enable();
    const response = await fetch(`${site.url}/jobs`);
    let rows = 0;
    for await (const chunk of response.body ?? []) {
      rows +=
        Buffer.from(chunk as Uint8Array)
          .toString('latin1')
          .split('</form>').length - 1;
    }
    delay.disable();
    // A form may lie across two chunks.
    expect(rows).to.be.within(99_000, 100_000);
    expect(delay.max / 1e6).to.be.below(1000);
  });
});
