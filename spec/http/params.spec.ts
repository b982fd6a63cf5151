import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { connect } from 'node:net';
import { expect } from 'chai';
import { UserError, toError } from '../../src/errors.ts';
import { readParams, type Params } from '../../src/http/params.ts';
import { writeFailure } from '../../src/http/upload-file.ts';
import { deferred, serve, temporaryFolder, until } from './serve.ts';

const MAX_BYTES = 100_000;
const REFUSED = 'Leave out "eggs".';

type Body = NonNullable<RequestInit['body']>;

interface Answer {
  kind: string;
  message: string;
  fields: [string, string[]][];
  file: { bytes: number; content: string; mode: number } | null;
  /** What is in the other file. */
  notes: string | null;
}

/** A server that tells what it read. */
async function reader({ uploads = true } = {}) {
  const folder = temporaryFolder();
  const outcomes: (UserError | Params)[] = [];
  const server = await serve((req, res) => {
    const limits = {
      ...{ fields: ['archive', 'notes'], refused: { eggs: REFUSED } },
      ...{ folder: folder.path, maxBytes: MAX_BYTES },
    };
    void (async () => {
      try {
        await using params = await readParams(req, uploads ? { uploads: limits } : {});
        const [file, notes] = [params.file('archive'), params.file('notes')];
        outcomes.push(params);
        const read = file && {
          bytes: file.bytes,
          content: readFileSync(file.path, 'latin1'),
          mode: statSync(file.path).mode & 0o777,
        };
        res.end(
          JSON.stringify({
            fields: params.names().map((name) => [name, params.all(name)]),
            file: read,
            notes: notes && readFileSync(notes.path, 'latin1'),
          }),
        );
      } catch (error) {
        const { kind, message } = error as UserError;
        outcomes.push(error as UserError);
        res.statusCode = 400;
        res.end(JSON.stringify({ kind, message }));
      }
    })();
  });
  return {
    ...server,
    folder: folder.path,
    outcomes,
    send: async (path: string, init?: RequestInit) =>
      (await (await fetch(server.url + path, init)).json()) as Answer,
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}

const post = (type: string, body: Body): RequestInit => ({
  method: 'POST',
  headers: { 'Content-Type': type },
  body,
});
const form = (body: Body) => post('application/x-www-form-urlencoded', body);
const escaped = (bytes: Buffer) => bytes.toString('hex').replace(/../g, '%$&');
const multipart = (body: string) => post('multipart/form-data; boundary=XX', Buffer.from(body, 'latin1'));
const part = (headers: string, content: string) =>
  `--XX\r\nContent-Disposition: form-data; ${headers}\r\n\r\n${content}\r\n`;

describe('readParams', () => {
  it('merges the query with a urlencoded or a multipart body, whatever the method', async () => {
    await using server = await reader();
    const urlencoded = await server.send('/?a=1&b=x+y', { ...form('c=%C3%A9&a=2'), method: 'PUT' });
    expect(urlencoded.fields).to.deep.equal([
      ['a', ['1', '2']],
      ['b', ['x y']],
      ['c', ['é']],
    ]);
    const body = new FormData();
    body.append('c', 'é');
    body.append('ü "', 'v');
    const multiparted = await server.send('/?a=1', { method: 'POST', body });
    expect(multiparted.fields).to.deep.equal([
      ['a', ['1']],
      ['c', ['é']],
      ['ü "', ['v']],
    ]);
  });

  it('takes any name for a plain name', async () => {
    await using server = await reader();
    const names = ['a[b]', 'a[]', '__proto__', 'constructor', 'a[99999999]'];
    const query = names.map((name) => `${name}=1`).join('&');
    const parts = names.map((name) => part(`name="${name}"`, '1')).join('');
    const expected = names.map((name) => [name, ['1']]);
    expect((await server.send(`/?${query}`)).fields).to.deep.equal(expected);
    expect((await server.send('/', form(query))).fields).to.deep.equal(expected);
    expect((await server.send('/', multipart(`${parts}--XX--\r\n`))).fields).to.deep.equal(expected);
  });

  it('stores the archive byte by byte, whichever way it is sent, and removes it afterwards', async () => {
    await using server = await reader();
    const archive = Buffer.concat([
      Buffer.from('\r\n--X\r\n--XX-PK\0\xff&=+%\r\n', 'latin1'),
      randomBytes(90_000),
    ]);
    // The delimiter may not stand in the content itself.
    const content = archive.toString('latin1').replaceAll('\r\n--XX', '\r\n--YY');
    const bytes = Buffer.from(content, 'latin1');
    const ways = [
      form(`k=v&archive=${escaped(bytes)}&l=w`),
      multipart(`${part('name="archive"; filename="p.zip"', content)}--XX--\r\n`),
      multipart(`${part('name="archive"', content)}--XX--\r\n`),
      multipart(
        `${part('name="archive"; filename=""\r\nContent-Type: application/octet-stream', content)}--XX--`,
      ),
      multipart(`${part('name="archive"\r\nContent-Type: text/plain; charset=utf-16le', content)}--XX--`),
    ];
    for (const way of ways) {
      const { file } = await server.send('/', way);
      expect(file?.content === content).to.equal(true);
      expect(file?.bytes).to.equal(bytes.length);
      expect(file?.mode).to.equal(0o600);
    }
    await until(() => readdirSync(server.folder).length === 0);
  });

  it('reads a multipart body whichever way it is cut', async () => {
    await using server = await reader();
    const body = Buffer.from(
      `${part('name="a"', '1')}${part('name="archive"; filename="x"', 'PK\r\n--X')}${part('name="b"', '')}--XX--\r\n`,
    );
    for (let cut = 1; cut < body.length; cut++) {
      const { promise, resolve } = deferred<string>();
      const socket = connect(server.port, '127.0.0.1', () => {
        socket.setNoDelay(true);
        const head = `POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: multipart/form-data; boundary=XX\r\n`;
        socket.write(`${head}Content-Length: ${body.length}\r\n\r\n${body.toString().slice(0, cut)}`, () => {
          setImmediate(() => socket.write(body.subarray(cut)));
        });
      });
      let text = '';
      socket.on('data', (data) => (text += data.toString()));
      socket.on('close', () => {
        resolve(text);
      });
      expect(await promise, `cut at ${cut}`)
        .to.include('[["a",["1"]],["b",[""]]]')
        .and.include('PK\\r\\n--X');
    }
  });

  it('refuses bytes that are not UTF-8, naming the parameter', async () => {
    await using server = await reader();
    const refused = [
      await server.send('/?q=%ff'),
      await server.send('/', form('q=%ff')),
      await server.send('/', form('q=%c3')),
      await server.send('/', multipart(`${part('name="q"', '\xff')}--XX--`)),
      await server.send(
        '/',
        multipart(`${part('name="q"\r\nContent-Type: text/plain; charset=latin1', '\xff')}--XX--`),
      ),
    ];
    for (const { kind, message } of refused) {
      expect(kind).to.equal('invalid');
      expect(message).to.match(/"q" is not valid UTF-8/);
    }
    for (const way of [form('%ff=1'), multipart(`${part('name="\xff"', '1')}--XX--`)]) {
      expect((await server.send('/', way)).message).to.match(/name of a parameter is not valid UTF-8/);
    }
  });

  it('refuses what is over a limit, naming it', async () => {
    await using server = await reader();
    const tooMuch = Buffer.alloc(MAX_BYTES + 1, 'x').toString();
    for (const way of [
      form(`archive=${tooMuch}`),
      multipart(`${part('name="archive"; filename="x"', tooMuch)}--XX--`),
      multipart(`${part('name="archive"', tooMuch)}--XX--`),
    ]) {
      const { kind, message } = await server.send('/', way);
      expect(kind).to.equal('too-large');
      expect(message).to.equal('"archive" is larger than the limit of 0.095 MiB.');
    }
    expect((await server.send('/', form(`k=${'x'.repeat(1024 * 1024 + 1)}`))).kind).to.equal('too-large');
    const many = Array.from({ length: 5 }, (_, i) => `k${i}=${'x'.repeat(1024 * 1024 - 10)}`).join('&');
    expect((await server.send('/', form(many))).message).to.match(/together.*4 MiB/);
    expect((await server.send('/', form('k&'.repeat(1001)))).message).to.match(/More than 1000 parameters/);
    const parts = part('name="k"', '').repeat(1001);
    expect((await server.send('/', multipart(`${parts}--XX--`))).message).to.match(
      /More than 1000 parameters/,
    );
    await until(() => readdirSync(server.folder).length === 0);
  });

  it('refuses a length over the limit before it reads a byte', async () => {
    await using server = await reader();
    const { promise, resolve } = deferred<number | undefined>();
    const sent = request(`${server.url}/`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded', 'Content-Length': 1e12 },
    });
    sent.on('response', (res) => {
      resolve(res.statusCode);
      sent.destroy();
    });
    sent.flushHeaders();
    expect(await promise).to.equal(400);
    expect(server.outcomes[0]).to.be.instanceOf(UserError).with.property('kind', 'too-large');
  });

  it('refuses bodies that are not forms, in words', async () => {
    await using server = await reader();
    const json = await server.send('/', post('application/json', '{}'));
    expect(json.message).to.match(/"application\/json".*form fields/);
    expect((await server.send('/', post('', 'a=1'))).message).to.match(/Content-Type "" .*form fields/);
    const zipped = {
      ...form('a=1'),
      headers: { 'Content-Type': 'application/x-www-form-urlencoded', 'Content-Encoding': 'gzip' },
    };
    expect((await server.send('/', zipped)).message).to.match(/Content-Encoding "gzip"/);
    expect((await server.send('/', post('multipart/form-data', 'x'))).message).to.match(/"boundary"/);
    expect((await server.send('/', form('a=%zz'))).message).to.match(/"%zz"/);
  });

  it('refuses a multipart body without its last boundary, or with a part that is none', async () => {
    await using server = await reader();
    const halves = [
      part('name="archive"; filename="x"', 'half'),
      part('name="a"', 'x').slice(0, -2),
      '--XX\r\nContent-Disposition: form-data; name="a"',
    ];
    for (const half of halves) {
      const { kind, message } = await server.send('/', multipart(half));
      expect(kind).to.equal('invalid');
      expect(message).to.match(/last boundary/);
    }
    const nameless = await server.send('/', multipart('--XX\r\nContent-Type: text/plain\r\n\r\nx\r\n--XX--'));
    expect(nameless.message).to.match(/Content-Disposition/);
    await until(() => readdirSync(server.folder).length === 0);
  });

  it('refuses a second archive', async () => {
    await using server = await reader();
    const twice = part('name="archive"; filename="x"', 'PK').repeat(2);
    for (const way of [form('archive=PK&archive=PK'), multipart(`${twice}--XX--`)]) {
      expect((await server.send('/', way)).message).to.equal('Parameter "archive" is given twice.');
    }
    await until(() => readdirSync(server.folder).length === 0);
  });

  it('takes a file of each field that may hold one, and removes them all afterwards', async () => {
    await using server = await reader();
    for (const way of [
      form('notes=two&k=v&archive=one'),
      multipart(`${part('name="notes"; filename="x"', 'two')}${part('name="archive"', 'one')}--XX--`),
    ]) {
      const { file, notes } = await server.send('/', way);
      expect([file?.content, notes]).to.deep.equal(['one', 'two']);
    }
    expect((await server.send('/', form('notes='))).notes).to.equal('');
    const tooMuch = `archive=one&notes=${'x'.repeat(MAX_BYTES + 1)}`;
    expect((await server.send('/', form(tooMuch))).message).to.match(/^"notes" is larger than the limit/);
    await until(() => readdirSync(server.folder).length === 0);
  });

  it('refuses a field that is not wanted as soon as it comes', async () => {
    await using server = await reader();
    const large = 'x'.repeat(2 * 1024 * 1024);
    for (const way of [form(`eggs=${large}`), multipart(`${part('name="eggs"', large)}--XX--`)]) {
      expect(await server.send('/', way)).to.deep.equal({ kind: 'invalid', message: REFUSED });
    }
  });

  it('rejects and leaves nothing when the client hangs up in the middle', async () => {
    for (const [type, begin] of [
      ['application/x-www-form-urlencoded', 'archive=PK'],
      ['multipart/form-data; boundary=XX', part('name="archive"; filename="x"', 'PK').trimEnd()],
    ] as const) {
      await using server = await reader();
      const head = `POST / HTTP/1.1\r\nHost: x\r\nContent-Type: ${type}\r\nContent-Length: 50000\r\n\r\n`;
      const socket = connect(server.port, '127.0.0.1');
      socket.write(head + begin + 'x'.repeat(10_000));
      await until(() => readdirSync(server.folder).length === 1);
      socket.destroy();
      await until(() => server.outcomes.length === 1);
      expect(toError(server.outcomes[0]).message).to.match(/connection was closed/);
      expect(readdirSync(server.folder)).to.deep.equal([]);
    }
  });

  it('says so when the disk is full', async () => {
    const thrown: unknown = await writeFile('/dev/full', 'PK').catch((error: unknown) => error);
    expect(writeFailure(thrown)).to.be.instanceOf(UserError).with.property('kind', 'storage-full');
  });

  it('fails when the folder for uploads is not there', async () => {
    await using server = await reader();
    rmSync(server.folder, { recursive: true });
    for (const way of [form('archive=PK'), multipart(`${part('name="archive"', 'PK')}--XX--`)]) {
      expect((await server.send('/', way)).message).to.match(/ENOENT/);
    }
  });

  it('names a parameter that is missing or given twice', async () => {
    const { promise, resolve } = deferred<Params>();
    await using server = await serve((req, res) => {
      void readParams(req).then((params) => {
        resolve(params);
        res.end();
      });
    });
    await fetch(`${server.url}/?a=1&b=1&b=2`);
    const params = await promise;
    expect(params.require('a')).to.equal('1');
    expect(params.get('c')).to.equal(null);
    expect(() => params.require('project')).to.throw(UserError, 'Missing parameter "project".');
    expect(() => params.get('b')).to.throw(UserError, 'Parameter "b" is given twice.');
  });
});
