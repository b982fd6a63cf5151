import { randomBytes } from 'node:crypto';
import { appendFileSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import express from 'express';
import { sendFileNow } from '../../src/http/send-file-now.ts';
import { run } from './run.ts';
import { serve, temporaryFolder } from './serve.ts';

/** A server with one file, `path`. */
async function fileServer() {
  const folder = temporaryFolder();
  const path = join(folder.path, '.log', '..', 'job.err');
  const app = express();
  app.get('/log', async (_req, res) => {
    res.setHeader('Content-Type', 'text/plain; charset=utf-8');
    await sendFileNow(res, path);
  });
  const server = await serve(app as Parameters<typeof serve>[0]);
  return {
    url: `${server.url}/log`,
    path: join(folder.path, 'job.err'),
    copy: join(folder.path, 'copy'),
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}

describe('sendFileNow', () => {
  it('lets curl resume a part and leave a whole alone', async () => {
    await using server = await fileServer();
    writeFileSync(server.path, 'a'.repeat(5000));
    const curl = () => run('curl', ['-sS', '-C', '-', '-o', server.copy, server.url]);
    expect((await curl()).code).to.equal(0);
    appendFileSync(server.path, 'b'.repeat(3000));
    expect((await curl()).code).to.equal(0);
    expect(readFileSync(server.copy, 'utf8')).to.equal(readFileSync(server.path, 'utf8'));
    expect(await curl()).to.deep.equal({ code: 0, stdout: '', stderr: '' });
    expect(readFileSync(server.copy, 'utf8')).to.equal(readFileSync(server.path, 'utf8'));
    truncateSync(server.copy, 100);
    expect((await curl()).code).to.equal(0);
    expect(readFileSync(server.copy, 'utf8')).to.equal(readFileSync(server.path, 'utf8'));
  });

  it('answers HEAD with the length, and ranges with their part', async () => {
    await using server = await fileServer();
    writeFileSync(server.path, '0123456789');
    const head = await fetch(server.url, { method: 'HEAD' });
    expect(head.headers.get('content-length')).to.equal('10');
    expect(head.headers.get('accept-ranges')).to.equal('bytes');
    const range = (value: string) => fetch(server.url, { headers: { Range: value } });
    const last = await range('bytes=-3');
    expect([last.status, await last.text()]).to.deep.equal([206, '789']);
    expect(last.headers.get('content-range')).to.equal('bytes 7-9/10');
    const behind = await range('bytes=10-');
    expect([behind.status, await behind.text()]).to.deep.equal([416, '']);
    expect(behind.headers.get('content-range')).to.equal('bytes */10');
    expect(behind.headers.get('content-type')).to.equal('text/plain; charset=utf-8');
  });

  it('resumes only what has not changed since, if that is asked for', async () => {
    await using server = await fileServer();
    writeFileSync(server.path, '0123456789');
    const lastModified = (await fetch(server.url)).headers.get('last-modified') ?? '';
    const since = async (value: string) => {
      const response = await fetch(server.url, { headers: { Range: 'bytes=5-', 'If-Range': value } });
      return [response.status, await response.text()];
    };
    expect(await since(lastModified)).to.deep.equal([206, '56789']);
    expect(await since(new Date(0).toUTCString())).to.deep.equal([200, '0123456789']);
    expect(await since('"an-entity-tag"')).to.deep.equal([200, '0123456789']);
    const curl = await run('curl', ['-sSi', '-H', `If-Modified-Since: ${lastModified}`, server.url]);
    expect(curl.stdout).to.match(/^HTTP\/1.1 304 /);
  });

  it('gives a large file whole and in parts', async () => {
    await using server = await fileServer();
    const bytes = randomBytes(3_000_001);
    writeFileSync(server.path, bytes);
    const whole = await fetch(server.url);
    expect(bytes.equals(Buffer.from(await whole.arrayBuffer()))).to.equal(true);
    const part = await fetch(server.url, { headers: { Range: 'bytes=300000-1000000' } });
    expect(bytes.subarray(300_000, 1_000_001).equals(Buffer.from(await part.arrayBuffer()))).to.equal(true);
  });

  it('gives an empty answer where there is no file', async () => {
    await using server = await fileServer();
    for (const init of [{}, { method: 'HEAD' }, { headers: { Range: 'bytes=0-' } }]) {
      const response = await fetch(server.url, init);
      expect([response.status, await response.text()]).to.deep.equal([200, '']);
      expect(response.headers.get('content-length')).to.equal('0');
    }
  });
});
