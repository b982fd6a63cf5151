import { request, type ServerResponse } from 'node:http';
import { deflateSync, gzipSync } from 'node:zlib';
import { expect } from 'chai';
import type { UserError } from '../../../../../src/errors.ts';
import { toError } from '../../../../../src/errors.ts';
import { toJsonText } from '../../../../../src/json-text.ts';
import { readJson, readJsonLines } from '../../../../../src/http/dialects/scrapy-cloud/storage/read-lines.ts';
import { deferred, serve, until } from '../../../serve.ts';

interface Sent {
  body: string | Buffer;
  encoding?: string;
}

/** What reading gives for a body that was sent without a content type, or the sentence of the refusal. */
async function read(reader: typeof readJsonLines | typeof readJson, { body, encoding }: Sent) {
  await using server = await serve((req, res) => {
    reader(req).then(
      (value) => res.end(JSON.stringify({ value })),
      (error: unknown) =>
        res.end(JSON.stringify({ refusal: toError(error).message, kind: (error as UserError).kind })),
    );
  });
  const headers = encoding === undefined ? {} : { 'content-encoding': encoding };
  const answer = await fetch(server.url, {
    method: 'POST',
    body: new Uint8Array(Buffer.from(body)),
    headers,
  });
  return (await answer.json()) as { value?: unknown; refusal?: string; kind?: string };
}

const lines = async (body: string | Buffer, encoding?: string) =>
  (await read(readJsonLines, { body, ...(encoding === undefined ? {} : { encoding }) })).value;

describe('a body of JSON lines', () => {
  it('gives the text of each document as it was sent', async () => {
    expect(await lines('{"a":1.0}\n\n {"b": 12345678901234567890}\r\n"é\u2028"')).to.deep.equal([
      '{"a":1.0}',
      '{"b": 12345678901234567890}',
      '"é\u2028"',
    ]);
    expect(await lines('')).to.deep.equal([]);
  });

  it('may be packed', async () => {
    for (const [encoding, body] of [
      ['gzip', gzipSync('{"a":1}')],
      ['deflate', deflateSync('{"a":1}')],
      ['identity', Buffer.from('{"a":1}')],
    ] as const)
      expect(await lines(body, encoding), encoding).to.deep.equal(['{"a":1}']);
  });

  it('may be one document over several lines', async () => {
    const [document, ...others] = (await lines('{\n  "a": [\n    1.0\n  ]\n}\n')) as string[];
    expect(others).to.be.empty;
    expect(document).to.equal('{   "a": [     1.0   ] }');
  });

  for (const [what, body, encoding, kind, sentence] of [
    ['a line that is no JSON', '{"a":1}\n\n{"a" 1}', undefined, 'invalid', 'Line 3: This is not valid JSON'],
    ['what is no UTF-8', Buffer.from([0x22, 0xff, 0x22]), undefined, 'invalid', 'not UTF-8'],
    ['what is not packed as it says', 'plain', 'gzip', 'invalid', 'not "gzip"'],
    ['half of what was packed', gzipSync('{"a":1}').subarray(0, 20), 'gzip', 'invalid', 'not "gzip"'],
    ['a packing it does not know', 'plain', 'br', 'invalid', '"br" is not understood'],
    [
      'what unpacks to more than the limit',
      gzipSync(Buffer.alloc(65 * 1024 * 1024)),
      'gzip',
      'too-large',
      '64 MiB',
    ],
    // Sixty kilobytes, of which 20 million records would be made.
    [
      'more lines than it takes',
      gzipSync('{}\n'.repeat(20_000_000)),
      'gzip',
      'too-large',
      'more than 100000 lines',
    ],
    ['a document that is too long', `{"a":"${'a'.repeat(1024 * 1024)}"}`, undefined, 'too-large', '1 MiB'],
    ['what is nested too deep', '['.repeat(100_000), undefined, 'invalid', 'nested'],
  ] as const) {
    it(`refuses ${what}`, async () => {
      const answer = await read(readJsonLines, { body, ...(encoding === undefined ? {} : { encoding }) });
      expect(answer.kind).to.equal(kind);
      expect(answer.refusal).to.include(sentence);
    });
  }

  it('refuses what breaks off', async () => {
    const refused = deferred<UserError>();
    await using server = await serve((req) => {
      readJsonLines(req).catch(refused.resolve);
    });
    const sent = request(server.url, { method: 'POST', headers: { 'content-length': '100' } });
    sent.on('error', () => undefined);
    sent.write('{"a":1}\n', () => sent.destroy());
    expect((await refused.promise).message).to.include('closed before');
  });
});

describe('large bodies', () => {
  it('wait for each other, before they take all memory', async () => {
    const read: ServerResponse[] = [];
    await using server = await serve((req, res) => {
      void readJsonLines(Object.assign(req, { res })).then(([document]) =>
        document === undefined ? read.push(res) : res.end('read'),
      );
    });
    const send = (body: Buffer) => {
      const headers = { 'content-encoding': 'gzip' };
      return fetch(server.url, { method: 'POST', body: new Uint8Array(body), headers });
    };
    const large = gzipSync(`${' '.repeat(1000)}\n`.repeat(2000));
    const answers = Array.from({ length: 5 }, () => send(large));
    await until(() => read.length === 3);
    expect(await (await send(gzipSync('{}'))).text(), 'a small one').to.equal('read');
    expect(read).to.have.length(3);
    for (const res of read) res.end('read');
    await until(() => read.length === 5);
    for (const res of read.slice(3)) res.end('read');
    expect((await Promise.all(answers)).every(({ ok }) => ok)).to.equal(true);
  });
});

describe('a body of one JSON document', () => {
  it('gives its value, or undefined', async () => {
    const { value } = await read(readJson, { body: '[{"key": "1/2/3"},\n 2]' });
    expect(toJsonText(value as never)).to.equal('[{"key":"1/2/3"},2]');
    expect(await read(readJson, { body: ' ' })).to.deep.equal({});
  });
});
