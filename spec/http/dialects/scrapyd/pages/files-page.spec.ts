import { truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { expect } from 'chai';
import { ENDINGS, segment } from '../../../../../src/http/dialects/scrapyd/pages/file-path.ts';
import { filesIn, skeleton, unescaped } from './patterns.ts';
import { aSite, HOSTILE_NAMES } from './site.ts';

const AT = new Date(2012, 8, 12, 10, 14, 3, 594).getTime();

describe('the listings under /logs/ and /items/', () => {
  it('show projects, spiders and files as ScrapydWeb reads them, the newest file first', async () => {
    await using site = await aSite();
    site.push('quotes', ['css', 'xpath', 'idle']);
    site.push('books', ['all']);
    site.push('unused', ['none']);
    site.pending({ spider: 'idle' });
    site.ran(site.pending({ project: 'books', spider: 'all' }), {}, AT - 3_600_000);
    site.ran(site.pending({ spider: 'xpath' }), { log: '' }, AT - 60_000);
    const older = site.ran(site.pending(), { log: 'x'.repeat(2000), items: '{}\n' }, AT);
    const newer = site.ran(site.pending(), { log: '' }, AT);
    site.ran(site.pending(), {}, AT);
    for (const { id } of [older, newer]) utimesSync(site.outputs.paths(id).stderr, AT / 1000, AT / 1000);

    const folder = { size: '', type: '[Directory]', encoding: '' };
    const root = await site.get('/logs/');
    expect([root.status, root.headers.get('content-type')]).to.deep.equal([200, 'text/html; charset=utf-8']);
    expect(root.text.match(/Directory listing for [^<]*/g)).to.deep.equal(
      Array(2).fill('Directory listing for /logs/'),
    );
    expect(filesIn(root.text)).to.deep.equal([
      { ...folder, parity: 'odd', href: 'books/', name: 'books/', modified: '2012-09-12 09:14' },
      { ...folder, parity: 'even', href: 'quotes/', name: 'quotes/', modified: '2012-09-12 10:14' },
    ]);
    const project = await site.get('/items/quotes/');
    expect(project.text).to.include('<h1>Directory listing for /items/quotes/</h1>');
    expect(filesIn(project.text)).to.deep.equal([
      { ...folder, parity: 'odd', href: 'css/', name: 'css/', modified: '2012-09-12 10:14' },
      { ...folder, parity: 'even', href: 'xpath/', name: 'xpath/', modified: '2012-09-12 10:13' },
    ]);
    const file = { modified: '2012-09-12 10:14', type: '[text/plain]', encoding: '' };
    const name = (jobid: string) => ({ href: `${jobid}.log`, name: `${jobid}.log` });
    expect(filesIn((await site.get('/logs/quotes/css/')).text)).to.deep.equal([
      { ...file, ...name(newer.jobid), parity: 'odd', size: '0B' },
      { ...file, ...name(older.jobid), parity: 'even', size: '1K' },
    ]);
    const items = filesIn((await site.get('/items/quotes/css/')).text);
    expect(items.map((item) => [item.href, item.size])).to.deep.equal([[`${older.jobid}.jl`, '3B']]);
  });

  it('show a folder as changed when its last run began, while that runs', async () => {
    await using site = await aSite();
    site.push('quotes', ['css']);
    site.ran(site.pending(), {}, AT - 3_600_000);
    site.running(site.pending(), AT);
    for (const path of ['/logs/', '/logs/quotes/']) {
      expect(filesIn((await site.get(path)).text).map((row) => row.modified)).to.deep.equal([
        '2012-09-12 10:14',
      ]);
    }
  });

  it('come whole, in pieces, with alternate rows', async () => {
    await using site = await aSite();
    site.push('quotes', ['css']);
    const jobs = site.copies(site.ran(site.pending()), 401);
    for (const { id } of jobs) writeFileSync(site.outputs.paths(id).stderr, '');
    const rows = filesIn((await site.get('/logs/quotes/css/')).text);
    expect(rows.map((row) => row.name)).to.deep.equal(jobs.reverse().map(({ jobid }) => `${jobid}.log`));
    expect(rows.map((row) => row.parity === 'odd')).to.deep.equal(rows.map((_, index) => index % 2 === 0));
  });

  it('may be empty, and answer HEAD', async () => {
    await using site = await aSite();
    const { status, text } = await site.get('/items/');
    expect([status, filesIn(text)]).to.deep.equal([200, []]);
    const head = await site.get('/logs/', { method: 'HEAD' });
    expect([head.status, head.headers.get('content-type')]).to.deep.equal([200, 'text/html; charset=utf-8']);
    expect((await site.get('/logs/x/', { method: 'HEAD' })).status).to.equal(404);
  });

  it('are found with the slash at the end, to which a path without it leads', async () => {
    await using site = await aSite();
    site.push('//evil.example', ['a b']);
    site.ran(site.pending({ project: '//evil.example', spider: 'a b' }));
    const locationOf = async (path: string, headers = {}) => {
      const { status, headers: answered } = await site.get(path, { headers });
      expect(status).to.equal(302);
      return answered.get('location');
    };
    expect(await locationOf('/logs')).to.equal('/logs/');
    expect(await locationOf('/items?x=1')).to.equal('/items/');
    expect(await locationOf('/logs/%2F%2Fevil.example')).to.equal('/logs/%2F%2Fevil.example/');
    expect(await locationOf('/logs/%2f%2fevil.example/a+b'.replace('+', '%20'))).to.equal(
      '/logs/%2F%2Fevil.example/a%20b/',
    );
    expect(await locationOf('/logs', { 'X-Forwarded-Prefix': '/spiders' })).to.equal('/spiders/logs/');
    expect(await locationOf('/logs', { 'X-Forwarded-Prefix': '//evil.example' })).to.equal('/logs/');
  });

  it('work with any names, each of which is one segment', async () => {
    await using plain = await aSite();
    await using site = await aSite();
    plain.push('p', ['s']);
    plain.ran(plain.pending({ project: 'p', spider: 's' }), { log: '', items: '' });
    for (const name of HOSTILE_NAMES) {
      site.push(name, [name]);
      site.ran(site.pending({ project: name, spider: name }, name), { log: `log of ${name}`, items: 'item' });
    }
    for (const [tree, ending] of Object.entries(ENDINGS)) {
      const root = (await site.get(`/${tree}/`)).text;
      expect(root.match(/<a /g)).to.have.length(HOSTILE_NAMES.length);
      for (const name of HOSTILE_NAMES) {
        const link = `<a href="${segment(name)}/">`;
        expect(root).to.include(link);
        const project = `/${tree}/${segment(name)}/`;
        const spider = project + `${segment(name)}/`;
        const [inProject, inSpider] = [await site.get(project), await site.get(spider)];
        expect(inProject.text).to.include(link);
        const heading = /<h1>([^]*)<\/h1>/.exec(inSpider.text)?.[1] ?? '';
        expect(unescaped(heading)).to.equal(`Directory listing for /${tree}/${name}/${name}/`);
        expect(skeleton(inProject.text), name).to.equal(skeleton((await plain.get(`/${tree}/p/`)).text));
        expect(skeleton(inSpider.text), name).to.equal(skeleton((await plain.get(`/${tree}/p/s/`)).text));
        const file = segment(name + ending);
        expect(inSpider.text).to.include(`<a href="${file}">`);
        expect((await site.get(spider + file)).text).to.equal(tree === 'logs' ? `log of ${name}` : 'item');
      }
    }
  });
});

describe('a file under /logs/ or /items/', () => {
  it('is what is there now, whole or in part', async () => {
    await using site = await aSite();
    site.push('quotes', ['css']);
    const { id } = site.ran(site.pending({}, 'chosen'), { log: '0123456789é', items: '{"a": 1}\n' });
    utimesSync(site.outputs.paths(id).stderr, 1_347_444_843, 1_347_444_843);
    const log = await site.get('/logs/quotes/css/chosen.log');
    expect([log.status, log.text]).to.deep.equal([200, '0123456789é']);
    expect(log.headers.get('content-type')).to.equal('text/plain; charset=utf-8');
    expect(log.headers.get('last-modified')).to.equal('Wed, 12 Sep 2012 10:14:03 GMT');
    expect(log.headers.get('access-control-allow-origin')).to.equal(null);
    const part = await site.get('/logs/quotes/css/chosen.log', { headers: { Range: 'bytes=2-4' } });
    expect([part.status, part.text]).to.deep.equal([206, '234']);
    const head = await site.get('/logs/quotes/css/chosen.log', { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length'), head.text]).to.deep.equal([200, '12', '']);
    expect((await site.get('/items/quotes/css/chosen.jl')).text).to.equal('{"a": 1}\n');
    truncateSync(site.outputs.paths(id).stderr);
    expect((await site.get('/logs/quotes/css/chosen.log')).text).to.equal('');
  });

  it("is the running job's, as far as it is written", async () => {
    await using site = await aSite();
    site.push('quotes', ['css']);
    const job = site.pending();
    site.ran(job, { log: 'first line\n' });
    const other = site.running(site.pending(), AT);
    expect((await site.get(`/logs/quotes/css/${other.jobid}.log`)).status).to.equal(404);
    expect((await site.get(`/logs/quotes/css/${job.jobid}.log`)).text).to.equal('first line\n');
  });

  it('is the newest of a jobid', async () => {
    await using site = await aSite();
    site.push('quotes', ['css']);
    site.ran(site.pending({}, 'again'), { log: 'first' });
    site.ran(site.pending({}, 'again'), { log: 'second' });
    expect((await site.get('/logs/quotes/css/again.log')).text).to.equal('second');
    expect(filesIn((await site.get('/logs/quotes/css/')).text)).to.have.length(1);
  });
});

describe('what is not there under /logs/ and /items/', () => {
  it('is a 404 that quotes the path, and nothing is read by it', async () => {
    await using site = await aSite();
    site.push('quotes', ['css', 'xpath']);
    site.push('books', ['all']);
    const { id, jobid } = site.ran(site.pending({}, 'chosen'), { log: 'secret' });
    const paths = [
      ...['/logs/unknown/', '/logs/unknown', '/logs/quotes/unknown/', '/logs/quotes/unknown', '/logs/books/'],
      ...['/logs/quotes/xpath/', '/logs//', '/logs//quotes/', '/logs/quotes//', '/logs/quotes/css//'],
      `/logs/quotes/xpath/${jobid}.log`,
      `/logs/books/css/${jobid}.log`,
      `/logs/quotes/css/${jobid}.log/`,
      ...[`/logs/quotes/css/${jobid}`, `/logs/quotes/css/${jobid}.jl`, `/logs/quotes/css/${jobid}.err`],
      ...[`/logs/quotes/css/${id}.log`, `/logs/quotes/css/x/${jobid}.log`, `/logs/${id}.err`],
      ...[`/items/quotes/css/${jobid}.jl`, `/logs/quotes/css/..%2Fcss%2F${jobid}.log`],
      ...['/logs/../logs/', '/logs/%2e%2e/', '/logs/..%2f..%2fetc%2fpasswd', '/logs/quotes/css/%00.log'],
      ...['/logs/%', '/logs/%ff/', `/logs/quotes/css/${'x'.repeat(5000)}.log`],
    ];
    for (const path of paths) {
      const { status, text, headers } = await site.get(path);
      expect([status, text], path).to.deep.equal([404, `There is nothing at "${path}".`]);
      expect(headers.get('content-type'), path).to.equal('text/plain; charset=utf-8');
    }
  });

  it('is left to others when all its segments are numbers and no slash ends it', async () => {
    await using site = await aSite();
    site.push('1', ['2']);
    site.ran(site.pending({ project: '1', spider: '2' }, '3'), { log: 'log' });
    for (const path of ['/items/1', '/items/1/2/3', '/logs/1/2', '/logs/1/2/3/4']) {
      for (const method of ['GET', 'POST'])
        expect((await site.get(path, { method })).text).to.equal('nobody');
    }
    expect(filesIn((await site.get('/logs/1/2/')).text).map((row) => row.name)).to.deep.equal(['3.log']);
    expect((await site.get('/logs/1/2/3.log')).text).to.equal('log');
    for (const path of ['/logsx', '/Logs/', '/item']) expect((await site.get(path)).text).to.equal('nobody');
  });

  it('is a 405 for another method', async () => {
    await using site = await aSite();
    const { status, headers, text } = await site.get('/logs/', { method: 'DELETE' });
    expect([status, headers.get('allow')]).to.deep.equal([405, 'GET, HEAD']);
    expect(text).to.equal('Method "DELETE" is not allowed for "/logs/": use GET, HEAD.');
  });
});
