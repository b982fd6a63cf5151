import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  renameSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { followFile } from '../../src/http/follow-file.ts';
import { heldBytes } from '../support/held-bytes.ts';
import { serve, temporaryFolder, until } from './serve.ts';

/** A job whose log is followed: `path` is its file, `end` makes it be over. */
async function followed({ recheckMs = 60_000 } = {}) {
  const folder = temporaryFolder();
  const path = join(folder.path, 'job.err');
  const listeners = new Set<() => void>();
  const settled: string[] = [];
  let isOver = false;
  const server = await serve((_req, response) => {
    followFile({
      path,
      response,
      isOver: () => isOver,
      onOver: (callback) => {
        listeners.add(callback);
        return () => listeners.delete(callback);
      },
      recheckMs,
    }).then(
      () => settled.push('done'),
      () => settled.push('failed'),
    );
  });
  return {
    ...server,
    folder: folder.path,
    path,
    listeners,
    settled,
    end: () => {
      isOver = true;
      for (const listener of listeners) listener();
    },
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}

/** A reader that keeps what it got. */
async function follow(url: string) {
  const response = await new Promise<IncomingMessage>((resolve) => get(url, { agent: false }, resolve));
  const reader = { text: '', bytes: 0, isComplete: false, response };
  response.on('data', (data: Buffer) => {
    reader.bytes += data.length;
    if (reader.text.length < 1000) reader.text += data.toString();
  });
  response.on('end', () => (reader.isComplete = true));
  response.on('error', () => undefined);
  return reader;
}

const watchers = () => process.getActiveResourcesInfo().filter((name) => name === 'FSEventWrap').length;
const openFiles = (path: string) =>
  readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`) === path;
    } catch {
      return false;
    }
  }).length;

describe('followFile', () => {
  it('sends what is there, then what comes, and ends with the job', async () => {
    await using job = await followed();
    writeFileSync(job.path, 'one\n');
    const reader = await follow(job.url);
    await until(() => reader.text === 'one\n');
    appendFileSync(job.path, 'two\n');
    await until(() => reader.text === 'one\ntwo\n');
    appendFileSync(job.path, 'three\n');
    job.end();
    await until(() => reader.isComplete);
    expect(reader.text).to.equal('one\ntwo\nthree\n');
  });

  it('waits for a file that is not there yet', async () => {
    await using job = await followed();
    const reader = await follow(job.url);
    writeFileSync(join(job.folder, 'other.err'), 'not mine');
    writeFileSync(job.path, 'late');
    await until(() => reader.text === 'late');
    appendFileSync(job.path, 'r');
    await until(() => reader.text === 'later');
  });

  it('ends with nothing when the job is over and never wrote', async () => {
    await using job = await followed();
    const reader = await follow(job.url);
    job.end();
    await until(() => reader.isComplete);
    expect(reader.text).to.equal('');
  });

  it('finds by its re-checks what no event tells', async () => {
    await using job = await followed({ recheckMs: 20 });
    // Nothing can be watched before its folder exists, so the file's coming makes no event.
    renameSync(job.folder, `${job.folder}-away`);
    const reader = await follow(job.url);
    mkdirSync(job.folder);
    writeFileSync(job.path, 'found');
    await until(() => reader.text === 'found');
    renameSync(`${job.folder}-away`, join(job.folder, 'away'));
  });

  it('goes on from the new end of a file that was cut', async () => {
    await using job = await followed();
    writeFileSync(job.path, 'long beginning');
    const reader = await follow(job.url);
    await until(() => reader.text === 'long beginning');
    truncateSync(job.path, 4);
    // Seen as cut only if it is looked at before it grows again.
    await new Promise((resolve) => setTimeout(resolve, 50));
    appendFileSync(job.path, '!');
    await until(() => reader.text === 'long beginning!');
  });

  it('loses nothing that a job writes until it ends', async () => {
    for (let round = 0; round < 20; round++) {
      await using job = await followed();
      const reader = await follow(job.url);
      for (let line = 0; line < 200; line++) appendFileSync(job.path, `${line}\n`.padStart(50));
      job.end();
      await until(() => reader.isComplete);
      expect(reader.bytes).to.equal(200 * 50);
    }
  });

  it('brings what comes bit by bit to many readers at once', async () => {
    await using job = await followed();
    const readers = await Promise.all(Array.from({ length: 60 }, () => follow(job.url)));
    let written = '';
    for (let line = 0; line < 100; line++) {
      written += `${line}\n`;
      appendFileSync(job.path, `${line}\n`);
      await new Promise((resolve) => setTimeout(resolve, line % 10 === 0 ? 40 : 2));
    }
    await until(() => readers.every(({ text }) => text === written));
    job.end();
    await until(() => readers.every(({ isComplete }) => isComplete));
    expect(new Set(readers.map(({ text }) => text))).to.deep.equal(new Set([written]));
  });

  it('holds little for a reader that takes nothing while the file grows', async () => {
    await using job = await followed();
    const [slow, quick] = [await follow(job.url), await follow(job.url)];
    slow.response.pause();
    const before = heldBytes();
    for (let part = 1; part <= 300; part++) {
      appendFileSync(job.path, Buffer.alloc(60_000));
      await until(() => quick.bytes === part * 60_000);
    }
    expect(heldBytes() - before).to.be.below(8 * 1024 * 1024);
    job.end();
    slow.response.resume();
    await until(() => slow.isComplete && quick.isComplete);
    expect(slow.bytes).to.equal(300 * 60_000);
  });

  it('speaks to clients of HTTP/1.0, which know no chunks', async () => {
    await using job = await followed();
    const socket = connect(Number(new URL(job.url).port), '127.0.0.1');
    let text = '';
    socket.on('data', (data) => (text += data.toString()));
    socket.write('GET / HTTP/1.0\r\n\r\n');
    await until(() => text.includes('\r\n\r\n'));
    writeFileSync(job.path, 'one\n');
    await until(() => text.endsWith('\r\n\r\none\n'));
    appendFileSync(job.path, 'two\n');
    await until(() => text.endsWith('\r\n\r\none\ntwo\n'));
    job.end();
    await until(() => socket.closed);
  });

  it('leaves nothing behind of a connection that asked for two logs at once and went', async () => {
    await using job = await followed();
    writeFileSync(job.path, 'one\n');
    const socket = connect(Number(new URL(job.url).port), '127.0.0.1');
    socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(2));
    await until(() => openFiles(job.path) === 1);
    socket.destroy();
    await until(() => job.settled.length === 2);
    expect(openFiles(job.path)).to.equal(0);
  });

  it('reads no further than a slow reader takes', async () => {
    await using job = await followed();
    const size = 64 * 1024 * 1024;
    writeFileSync(job.path, Buffer.alloc(size));
    job.end();
    const before = heldBytes();
    const reader = await follow(job.url);
    reader.response.pause();
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(heldBytes() - before).to.be.below(20 * 1024 * 1024);
    expect(job.settled).to.deep.equal([]);
    reader.response.resume();
    await until(() => reader.isComplete);
    expect(reader.bytes).to.equal(size);
  });

  it('serves 200 readers of one file and leaves nothing behind when they go', async () => {
    await using job = await followed();
    writeFileSync(job.path, 'start\n');
    const before = watchers();
    const readers = await Promise.all(Array.from({ length: 200 }, () => follow(job.url)));
    await until(() => readers.every(({ text }) => text === 'start\n'));
    appendFileSync(job.path, 'more\n');
    await until(() => readers.every(({ text }) => text === 'start\nmore\n'));
    expect(job.listeners.size).to.equal(1);
    expect(openFiles(job.path)).to.equal(1);
    for (const { response } of readers.slice(0, 100)) response.destroy();
    await until(() => job.settled.length === 100);
    job.end();
    await until(() => job.settled.length === 200);
    expect(new Set(job.settled)).to.deep.equal(new Set(['done']));
    expect(readers.filter(({ isComplete }) => isComplete)).to.have.length(100);
    expect(job.listeners.size).to.equal(0);
    expect(watchers()).to.equal(before);
    expect(openFiles(job.path)).to.equal(0);
  });

  it('cuts the answer off when the file cannot be read', async () => {
    await using job = await followed();
    mkdirSync(job.path);
    const reader = await follow(job.url).catch(() => null);
    appendFileSync(join(job.path, 'x'), '');
    await until(() => job.settled.length === 1);
    expect(job.settled).to.deep.equal(['failed']);
    expect(reader?.isComplete ?? false).to.equal(false);
  });
});
