import { once } from 'node:events';
import { request, type IncomingMessage, type ServerResponse } from 'node:http';
import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import type { Response } from 'express';
import { chunksOf, writeChunks } from '../../src/http/write-chunks.ts';
import { serve, until } from './serve.ts';

const PIECES = 100;

/** A server of 100 MB in pieces that counts what it makes, and a reader that has not begun to read. */
async function aLongAnswer() {
  const state = { made: 0, isLeft: false, isSettled: false, response: null as ServerResponse | null };
  async function* pieces() {
    try {
      for (; state.made < PIECES; state.made++) {
        await setImmediate();
        yield 'x'.repeat(2 ** 20);
      }
    } finally {
      state.isLeft = true;
    }
  }
  const server = await serve((_req, res) => {
    state.response = res;
    void writeChunks(res as Response, pieces()).then(() => (state.isSettled = true));
  });
  const asked = request(server.url, { agent: false }).end();
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  await until(() => state.response?.writableNeedDrain === true);
  return { state, answer, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

describe('writeChunks', () => {
  it('makes no more than the reader takes, and all of it in the end', async () => {
    await using long = await aLongAnswer();
    const { state, answer } = long;
    const made = state.made;
    for (let turn = 0; turn < 20; turn++) await setImmediate();
    expect(state.made)
      .to.equal(made)
      .and.to.be.below(PIECES / 2);
    let bytes = 0;
    for await (const chunk of answer) bytes += (chunk as Buffer).length;
    expect(bytes).to.equal(PIECES * 2 ** 20);
    expect(state.isLeft).to.equal(true);
  });

  it('leaves off when the reader leaves', async () => {
    await using long = await aLongAnswer();
    const { state, answer } = long;
    answer.destroy();
    await until(() => state.isSettled);
    expect(state.isLeft).to.equal(true);
    expect(state.made).to.be.below(PIECES / 2);
  });

  it('serves others between pieces that need no waiting', async () => {
    let turns = 0;
    const turn = () => {
      turns++;
      handle = globalThis.setImmediate(turn);
    };
    let handle = globalThis.setImmediate(turn);
    await using server = await serve((_req, res) => {
      turns = 0;
      void writeChunks(res as Response, ['one', ...Array<string>(50).fill(''), 'two']);
    });
    const text = await (await fetch(server.url)).text();
    clearImmediate(handle);
    expect(text).to.equal('onetwo');
    expect(turns).to.be.at.least(50);
  });
});

describe('chunksOf', () => {
  it('gives all rows in order, 200 at a time', () => {
    const rows = Array.from({ length: 401 }, (_, index) => index);
    const chunks = Array.from(chunksOf(rows));
    expect(chunks.map((chunk) => chunk.length)).to.deep.equal([200, 200, 1]);
    expect(chunks.flat()).to.deep.equal(rows);
    expect(Array.from(chunksOf([]))).to.deep.equal([]);
  });
});
