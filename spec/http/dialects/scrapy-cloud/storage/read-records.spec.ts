import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { get } from 'node:http';
import { expect } from 'chai';
import { heldBytes } from '../../../../support/held-bytes.ts';
import { recordSite } from './record-site.ts';

const ITEMS = [
  '{"name":"é \u2028 😀","price":1.0,"id":12345678901234567890}',
  '{"price":2,"tags":["a","b"],"name":"Two"}',
  '{"name":null,"more":{"x":[1]}}',
];

async function withItems() {
  const site = await recordSite();
  const job = site.job();
  await site.post(`/items/${job.key}`, ITEMS.join('\n'));
  return Object.assign(site, { path: `/items/${job.key}`, key: job.key, jobId: job.id });
}

describe('reading records from the storage of Scrapy Cloud', () => {
  it('gives each as it was sent, on a line of its own', async () => {
    await using site = await withItems();
    const answer = await site.get(site.path);
    expect(answer.headers.get('content-type')).to.equal('application/x-jsonlines; charset=UTF-8');
    expect(await answer.text()).to.equal(`${ITEMS.join('\n')}\n`);
  });

  it('gives those from one on, or after one, and not more than wanted', async () => {
    await using site = await withItems();
    const names = async (query: string) => {
      const rows = (await site.lines(`${site.path}?meta=_key&nodata=1&${query}`)) as { _key: string }[];
      return rows.map(({ _key }) => Number(_key.split('/').at(-1))).join();
    };
    expect(await names('')).to.equal('0,1,2');
    expect(await names(`start=${site.key}/1`)).to.equal('1,2');
    expect(await names('start=2')).to.equal('2');
    expect(await names(`startafter=${site.key}/1`)).to.equal('2');
    expect(await names(`start=${site.key}/99`)).to.equal('');
    expect(await names('count=2')).to.equal('0,1');
    expect(await names('count=0')).to.equal('');
    expect(await names('count=9223372036854775807&size=7')).to.equal('0,1,2');
    expect(await names('index=2&index=0&index=7')).to.equal('0,2');
    expect(await names('index=7&index=8&index=9')).to.equal('');
    expect(await names('start=1&count=1')).to.equal('1');
    expect(await names('startts=1000&endts=1001')).to.equal('0,1,2');
    expect(await names('endts=1000')).to.equal('');
  });

  it('adds the key and the time where they are asked for, and leaves the rest as it is', async () => {
    await using site = await withItems();
    const [first] = (await site.text(`${site.path}?meta=_key&meta=_ts&count=1`)).split('\n');
    expect(first).to.equal(`${ITEMS[0]?.slice(0, -1)},"_key":"${site.key}/0","_ts":1000}`);
    await site.post(`${site.path}?start=3`, '{}\n{ }');
    expect(await site.text(`${site.path}?meta=_key&start=3`)).to.equal(
      `{"_key":"${site.key}/3"}\n{ "_key":"${site.key}/4"}\n`,
    );
  });

  it('gives a single one, and a field of one or all', async () => {
    await using site = await withItems();
    expect(await site.text(`${site.path}/1`)).to.equal(`${ITEMS[1]}\n`);
    expect(await site.text(`${site.path}/9`)).to.equal('');
    expect(await site.text(`${site.path}/price`)).to.equal('1.0\n2\n');
    expect(await site.text(`${site.path}/1/tags`)).to.equal('["a","b"]\n');
    expect(await site.text(`${site.path}/name?format=text`)).to.equal('é \u2028 😀\nTwo\n\n');
    expect((await site.get(`/logs/${site.key}/message`)).status).to.equal(418);
  });

  it('gives those of a spider or a project, in the order of their jobs', async () => {
    await using site = await withItems();
    const [second, other] = [site.job(), site.job('xpath')];
    await site.post(`/items/${second.key}`, '{"n":1}\n{"n":2}');
    await site.post(`/items/${other.key}`, '{"n":3}');
    const keys = async (path: string) =>
      ((await site.lines(`${path}meta=_key`)) as { _key: string }[]).map(({ _key }) => _key);
    const [project, spider] = site.key.split('/');
    const ofSpider = [
      `${site.key}/0`,
      `${site.key}/1`,
      `${site.key}/2`,
      `${second.key}/0`,
      `${second.key}/1`,
    ];
    expect(await keys(`/items/${project}/${spider}?`)).to.deep.equal(ofSpider);
    expect(await keys(`/items/${project}?`)).to.deep.equal([...ofSpider, `${other.key}/0`]);
    expect(await keys(`/items/${project}?startafter=${second.key}/0&`)).to.deep.equal([
      `${second.key}/1`,
      `${other.key}/0`,
    ]);
    expect(await keys(`/items/${project}/${spider}?count=4&start=${site.key}/2&`)).to.deep.equal(
      ofSpider.slice(2),
    );
    expect(await keys(`/items/${project}/99?`)).to.be.empty;
  });

  it('leaves out what no filter wants', async () => {
    await using site = await recordSite();
    const { key } = site.job();
    await site.post(
      `/logs/${key}`,
      [
        '{"level":20,"message":"One thing","tags":["a",1.0]}',
        '{"level":40,"message":"another THING"}',
        '{"level":9223372036854775807,"message":""}',
        '{"level":null}',
      ].join('\n'),
    );
    const found = async (...filters: unknown[][]) => {
      const query = filters.map((filter) => `filter=${encodeURIComponent(JSON.stringify(filter))}`).join('&');
      const rows = (await site.lines(`/logs/${key}?meta=_key&${query}`)) as { _key: string }[];
      return rows.map(({ _key }) => _key.split('/').at(-1)).join('');
    };
    expect(await found(['level', '>=', [40]])).to.equal('12');
    expect(await found(['level', '>', [40]])).to.equal('2');
    expect(await found(['level', '<', [40]])).to.equal('0');
    expect(await found(['level', '<=', 40])).to.equal('01');
    expect(await found(['level', '=', [20, 40]])).to.equal('01');
    expect(await found(['level', '!=', [20, 40]])).to.equal('23');
    expect(await found(['message', 'contains', ['thing']])).to.equal('0');
    expect(await found(['message', 'icontains', ['thing']])).to.equal('01');
    expect(await found(['message', 'icontains', ['thing']], ['level', '>=', [40]])).to.equal('1');
    expect(await found(['tags', 'haselement', [1]])).to.equal('0');
    expect(await found(['tags', 'hasnotelement', ['b']])).to.equal('0');
    expect(await found(['message', 'isnotempty'])).to.equal('01');
    expect(await found(['message', 'isempty', []])).to.equal('23');
    expect(await site.text(`/logs/${key}?filter=["level","=",[9223372036854775806]]`)).to.equal('');
  });

  it('says what is wrong with what it is asked', async () => {
    await using site = await withItems();
    for (const [query, sentence] of [
      ['count=-1', '"count" must be a whole number from 0, not "-1"'],
      ['count=1&count=2', '"count" is given twice'],
      ['start=x', '"start" is "x"'],
      ['start=9/9/9/9', 'is not of'],
      ['index=x', '"index" is "x"'],
      ['format=yaml', 'format "yaml" is not known'],
      ['format=csv', 'Missing parameter "fields"'],
      ['filter=x', 'filter "x" is not understood'],
      ['filter=["a"]', 'send [field, operator, [values]]'],
      ['filter=["a","like",["b"]]', 'operator "like"'],
      ['filter=["a","=",[]]', 'has no values'],
    ] as const) {
      const answer = await site.get(`${site.path}?${query}`);
      expect(answer.status, query).to.equal(400);
      expect(((await answer.json()) as { message: string }).message, query).to.include(sentence);
    }
    const [project] = site.key.split('/');
    expect((await site.get(`/items/${project}?start=5`)).status).to.equal(400);
    expect((await site.get('/items/4711/1/1')).status).to.equal(404);
  });

  it('gives nothing for jobs that are not there, or whose data are gone', async () => {
    await using site = await withItems();
    const [project] = site.key.split('/');
    expect(await site.text(`/items/${project}/1/99`)).to.equal('');
    expect(await site.text(`/logs/${project}/1/99/stats`)).to.equal(
      '{"counts":{},"totals":{"input_bytes":0,"input_values":0}}\n',
    );
    site.store.changeState(site.jobId, 'CANCELED', { finishedAt: 2 }, 2);
    site.store.changeState(site.jobId, 'DELETED', {}, 3);
    expect(await site.text(site.path)).to.equal('');
    expect((await site.post(site.path, '{}')).status).to.equal(404);
  });

  it('leaves paths to others that name no records', async () => {
    await using site = await withItems();
    for (const path of [
      '/items/',
      '/logs/quotes',
      '/logs/1/',
      '/items/1/css',
      '/items/1/stats',
      '/items/1/1/1/1/a/b',
    ])
      expect((await site.get(path)).status, path).to.equal(418);
    expect((await fetch(site.url + site.path, { method: 'PUT' })).status).to.equal(405);
  });

  it('gives JSON, a table, XML or text', async () => {
    await using site = await withItems();
    const list = await site.get(`${site.path}?format=json&meta=_key`);
    expect(list.headers.get('content-type')).to.include('application/json');
    expect(await list.json()).to.have.length(3);
    expect(await site.text(`/items/${site.key}?format=json&start=9`)).to.equal('[]\n');
    expect(await site.text(site.path, { accept: 'application/json' })).to.match(/^\[\{/);

    expect(await site.text(`${site.path}?format=csv&fields=price,name,more,_key&include_headers=1`)).to.equal(
      `price,name,more,_key\r\n1.0,é \u2028 😀,,${site.key}/0\r\n2,Two,,${site.key}/1\r\n,,"{""x"":[1]}",${site.key}/2\r\n`,
    );
    expect(
      await site.text(
        `${site.path}?format=csv&fields=tags,price&sep=;&quote='&escape=%5C&lineend=%0A&count=2`,
      ),
    ).to.equal(`;1.0\n["a","b"];2\n`);

    const xml = await site.text(`${site.path}?format=xml&start=1`);
    expect(xml).to.include('<member><name>price</name><value><int>2</int></value></member>');
    expect(xml).to.include('<array><data><value><string>a</string></value>');
    expect(xml).to.include('<nil/>');

    await site.post(`/logs/${site.key}`, '{"time":1444822757227,"level":20,"message":"Log opened.","x":1}');
    expect(await site.text(`/logs/${site.key}?format=text`)).to.equal(
      '2015-10-14T11:39:17.227Z INFO Log opened.\n',
    );
    expect(await site.text(`/logs/${site.key}?format=csv`)).to.equal('1444822757227,20,Log opened.\r\n');
    const saved = await site.get(`${site.path}?format=json&saveas=foo.txt`);
    expect(saved.headers.get('content-disposition')).to.equal('attachment; filename=foo.txt');
    expect(saved.headers.get('content-type')).to.include('application/json');
  });

  it('gives MessagePack to those who accept it, with keys to those who ask', async () => {
    await using site = await withItems();
    const hexOf = async (query: string) => {
      const answer = await site.get(`${site.path}?${query}`, { accept: 'application/x-msgpack' });
      expect(answer.headers.get('content-type')).to.equal('application/x-msgpack');
      return Buffer.from(await answer.arrayBuffer()).toString('hex');
    };
    const text = (value: string) =>
      (0xa0 + Buffer.byteLength(value)).toString(16) + Buffer.from(value).toString('hex');
    const fields = `${text('name')}${text('é \u2028 😀')}${text('price')}cb3ff0000000000000${text('id')}cfab54a98ceb1f0ad2`;
    expect(await hexOf('count=1')).to.equal(`83${fields}`);
    expect(await hexOf('count=1&meta=_key')).to.equal(`84${fields}${text('_key')}${text(`${site.key}/0`)}`);
    await site.post(`/samples/${site.key}`, '[1,2]\n[3,4]');
    const samples = await site.get(`/samples/${site.key}`, { accept: 'application/x-msgpack' });
    expect(Buffer.from(await samples.arrayBuffer()).toString('hex')).to.equal('920102920304');
  });

  it('leaves out of requests what is null', async () => {
    await using site = await recordSite();
    const { key } = site.job();
    await site.post(
      `/requests/${key}`,
      '{"parent":null,"url":"http://x/","fp":null,"time":5}\n{"url":"y","parent":0}',
    );
    expect(await site.text(`/requests/${key}`)).to.equal(
      '{"url":"http://x/","time":5}\n{"url":"y","parent":0}\n',
    );
    expect(await site.lines(`/requests/${key}/stats`)).to.deep.equal([
      { counts: { url: 2, parent: 1 }, totals: { input_bytes: 48, input_values: 2 } },
    ]);
  });

  it('counts fields, but hides those with an underscore unless all are wanted', async () => {
    await using site = await recordSite();
    const { key } = site.job();
    await site.post(`/items/${key}`, '{"_type":"A","a":1}\n{"a":2}');
    const totals = { input_bytes: 16, input_values: 2 };
    expect(await site.lines(`/items/${key}/stats`)).to.deep.equal([{ counts: { a: 2 }, totals }]);
    expect(await site.lines(`/items/${key}/stats?all=1`)).to.deep.equal([
      { counts: { _type: 1, a: 2 }, totals },
    ]);
  });

  it('sends long lists as they are taken, and lets go when the reader leaves', async () => {
    await using site = await recordSite();
    const job = site.job();
    const { lines } = site.filesOf(job, 'items');
    const file = createWriteStream(lines);
    const line = `${JSON.stringify({ text: 'x'.repeat(10_000) })}\n`;
    for (let n = 0; n < 100; n++) file.write(line.repeat(100));
    file.end();
    await once(file, 'close');

    const request = get(`${site.url}/items/${job.key}`);
    const [response] = (await once(request, 'response')) as [NodeJS.ReadableStream & { destroy: () => void }];
    response.pause();
    const before = heldBytes();
    // Others are served while nobody reads.
    expect(await site.text(`/items/${job.key}?start=9999&nodata=1&meta=_key`)).to.equal(
      `{"_key":"${job.key}/9999"}\n`,
    );
    expect(heldBytes() - before).to.be.below(50 * 1024 * 1024);
    response.destroy();

    const whole = await site.get(`/items/${job.key}`);
    let bytes = 0;
    for await (const piece of whole.body as unknown as AsyncIterable<Uint8Array>) bytes += piece.length;
    expect(bytes).to.equal(10_000 * line.length);
  });
});
