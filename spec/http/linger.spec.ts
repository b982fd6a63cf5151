import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import express from 'express';
import { linger } from '../../src/http/linger.ts';
import { run } from './run.ts';
import { serve, temporaryFolder } from './serve.ts';

/** A server that refuses everything without reading it. */
async function refusing(timeoutMs: number) {
  const app = express();
  app.use(linger({ timeoutMs }));
  app.use((_req, res) => {
    res.status(413).send('too large');
  });
  return serve(app as Parameters<typeof serve>[0]);
}

/** Sends a whole body before it reads a byte, as Python's requests does. */
async function sendAllThenRead(port: number, length: number): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.pause();
  socket.write(`POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: ${length}\r\n\r\n`);
  const chunk = Buffer.alloc(1024 * 1024);
  for (let sent = 0; sent < length; sent += chunk.length) {
    await new Promise<void>((resolve, reject) => {
      socket.write(chunk, (error) => {
        if (error) reject(error);
        else resolve();
      });
    });
  }
  let text = '';
  for await (const data of socket) text += String(data);
  return text;
}

describe('linger', () => {
  it('lets a client read its answer that first sends all of a large body', async () => {
    await using server = await refusing(10_000);
    const answer = await sendAllThenRead(server.port, 64 * 1024 * 1024);
    expect(answer).to.match(/^HTTP\/1\.1 413 [^]*too large$/);
    // Node's own client takes `keep-alive` at its word, and would lose its next request.
    expect(answer).to.match(/^Connection: close\r$/m);
  });

  it('lets curl read its answer to a large upload', async () => {
    await using server = await refusing(10_000);
    using folder = temporaryFolder();
    const file = join(folder.path, 'large');
    writeFileSync(file, Buffer.alloc(32 * 1024 * 1024));
    for (const form of [
      ['-F', `archive=@${file}`],
      ['--data-binary', `@${file}`],
    ]) {
      const { code, stdout } = await run('curl', ['-sS', ...form, server.url]);
      expect([code, stdout]).to.deep.equal([0, 'too large']);
    }
  });

  it('ends the connection of a client that goes on sending for too long', async () => {
    await using server = await refusing(50);
    const socket = connect(server.port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.resume();
    socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n');
    await new Promise((resolve) => socket.on('close', resolve));
  });
});
