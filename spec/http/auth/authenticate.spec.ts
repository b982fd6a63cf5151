import { writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { expect } from 'chai';
import express from 'express';
import { KeyRing } from '../../../src/access/key-ring.ts';
import { authenticate } from '../../../src/http/auth/authenticate.ts';
import { Credentials } from '../../../src/http/auth/credentials.ts';
import { memoryKeys } from '../../support/key-store.ts';
import { silentLog } from '../../support/silent-log.ts';
import { run } from '../run.ts';
import { serve, temporaryFolder } from '../serve.ts';
import { challengeOf, digestHeader, type DigestOptions } from './digest-client.ts';

const START = Date.UTC(2026, 0, 1);

/** A server that only `ann:secret`, `zoë:pässword` and `q"\\:with:colons` may enter, with a clock of its own. */
async function guarded() {
  const folder = temporaryFolder();
  const authDb = join(folder.path, 'auth.db');
  writeFileSync(authDb, 'ann:secret\nzoë:pässword\nq"\\:with:colons\n');
  const clock = { now: START };
  const keys = memoryKeys();
  const pauses: number[] = [];
  const app = express();
  const now = () => clock.now;
  app.use(
    authenticate({
      credentials: new Credentials(authDb),
      keys: new KeyRing({ store: keys, now, log: silentLog }),
      jobTokens: { accessOf: () => null },
      isLocal: true,
      prefixHeader: 'x-forwarded-prefix',
      now,
      log: silentLog,
      pause: (ms) => Promise.resolve(pauses.push(ms)),
    }),
  );
  app.use((_req, res) => {
    res.send('in');
  });
  app.use(((error: Error, _req, res, next) => {
    if (res.headersSent) next(error);
    else res.status(503).send(error.message);
  }) satisfies express.ErrorRequestHandler);
  const server = await serve(app as Parameters<typeof serve>[0]);
  // fetch would encode the header; its bytes matter here.
  const ask = (authorization: string | null, path = '/x?a=1', method = 'GET', prefix = '') =>
    new Promise<{ status: number; text: string; challenges: string }>((resolve, reject) => {
      const headers = {
        ...(authorization === null ? {} : { Authorization: authorization }),
        ...(prefix === '' ? {} : { 'X-Forwarded-Prefix': prefix }),
      };
      const sent = request(server.url + path, { method, headers }, (res) => {
        let text = '';
        res.on('data', (data: Buffer) => (text += data.toString()));
        res.on('end', () => {
          resolve({ status: res.statusCode ?? 0, text, challenges: res.headers['www-authenticate'] ?? '' });
        });
      });
      sent.on('error', reject);
      sent.end();
    });
  const nonce = async (algorithm = 'MD5') => challengeOf((await ask(null)).challenges, algorithm).nonce;
  return {
    ...server,
    authDb,
    clock,
    keys,
    pauses,
    ask,
    nonce,
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}

const basic = (text: string | Buffer) => `Basic ${Buffer.from(text).toString('base64')}`;

describe('authenticate', () => {
  it('answers strangers with the challenges of Digest, the better algorithm first, and of Basic', async () => {
    await using server = await guarded();
    const { status, text, challenges } = await server.ask(null);
    expect([status, text]).to.deep.equal([401, 'Unauthorized']);
    const order = ['algorithm=SHA-256', 'algorithm=MD5', 'Basic realm="scrapy-do"'].map((part) =>
      challenges.indexOf(part),
    );
    expect(order).to.deep.equal([...order].sort((a, b) => a - b));
    expect(order).to.not.include(-1);
  });

  it('lets in who knows the password by Basic, in UTF-8 or latin1', async () => {
    await using server = await guarded();
    for (const known of [
      'ann:secret',
      'zoë:pässword',
      Buffer.from('zoë:pässword', 'latin1'),
      'q"\\:with:colons',
    ]) {
      expect((await server.ask(basic(known))).text, String(known)).to.equal('in');
    }
    const unknown = [
      'ann:wrong',
      'bob:secret',
      'ann:',
      'ann',
      ':',
      '',
      ':secret',
      'ann:secret ',
      'ANN:secret',
      'zoe:pässword',
    ];
    for (const other of unknown) expect((await server.ask(basic(other))).status, other).to.equal(401);
    for (const other of ['Basic', 'Basic ***', 'Bearer ann:secret', '']) {
      expect((await server.ask(other)).status, other).to.equal(401);
    }
  });

  it('lets in who knows the password by Digest, with either algorithm', async () => {
    await using server = await guarded();
    for (const algorithm of ['MD5', 'SHA-256'] as const) {
      const nonce = await server.nonce(algorithm);
      const users = [
        { user: 'ann', password: 'secret' },
        { user: 'zoë', password: 'pässword' },
        { user: 'q"\\', password: 'with:colons' },
      ];
      for (const [index, who] of users.entries()) {
        const header = digestHeader({ ...who, nonce, algorithm, uri: '/x?a=1', nc: index + 1 });
        expect((await server.ask(header)).text, who.user).to.equal('in');
      }
    }
  });

  it('takes a name that the header has in latin1, or in its extended form', async () => {
    await using server = await guarded();
    const who = { user: 'zoë', password: 'pässword', nonce: await server.nonce(), uri: '/x?a=1' };
    expect((await server.ask(digestHeader({ ...who, replaced: { username: 'zoë' } }))).text).to.equal('in');
    const extended = digestHeader({ ...who, nc: 2 }).replace(/username="[^"]*"/, "username*=UTF-8''zo%C3%AB");
    expect((await server.ask(extended)).text).to.equal('in');
  });

  it('takes a path as the browser before a proxy knows it', async () => {
    await using server = await guarded();
    const who = { user: 'ann', password: 'secret', nonce: await server.nonce(), uri: '/spiders/x?a=1' };
    const ask = (nc: number, prefix: string) =>
      server.ask(digestHeader({ ...who, nc }), '/x?a=1', 'GET', prefix);
    expect((await ask(1, '/spiders')).text).to.equal('in');
    for (const [index, prefix] of ['', '/other', '/spiders/x'].entries())
      expect((await ask(index + 2, prefix)).status, prefix).to.equal(401);
    const inside = digestHeader({ ...who, uri: '/x?a=1', nc: 9 });
    expect((await server.ask(inside, '/x?a=1', 'GET', '/spiders')).text).to.equal('in');
  });

  it('refuses what was computed for something else', async () => {
    await using server = await guarded();
    const right: DigestOptions = {
      user: 'ann',
      password: 'secret',
      nonce: await server.nonce(),
      uri: '/x?a=1',
    };
    const wrong: Partial<DigestOptions>[] = [
      { password: 'wrong' },
      { user: 'bob' },
      { user: '' },
      { uri: '/other' },
      { method: 'POST' },
      { realm: 'other' },
      { replaced: { nc: '00000002' } },
      { replaced: { nc: 'x' } },
      { replaced: { qop: 'auth-int' } },
      { replaced: { algorithm: 'MD5-sess' } },
      { replaced: { response: '' } },
      { replaced: { cnonce: 'x' } },
    ];
    for (const change of wrong) {
      const answer = await server.ask(digestHeader({ ...right, ...change }));
      expect(answer.status, JSON.stringify(change)).to.equal(401);
      expect(challengeOf(answer.challenges, 'MD5').stale, JSON.stringify(change)).to.equal(false);
    }
    for (const broken of ['Digest', 'Digest x', 'Digest username="', `${digestHeader(right)}, nc=00000001`]) {
      expect((await server.ask(broken)).status, broken).to.equal(401);
    }
    expect((await server.ask(digestHeader(right))).text).to.equal('in');
  });

  it('asks for a new nonce after five minutes, and for one of another daemon', async () => {
    await using server = await guarded();
    await using other = await guarded();
    const who = { user: 'ann', password: 'secret', uri: '/x?a=1' };
    const nonce = await server.nonce();
    server.clock.now = START + 5 * 60_000;
    expect((await server.ask(digestHeader({ ...who, nonce }))).text).to.equal('in');
    server.clock.now += 1;
    for (const old of [nonce, await other.nonce(), 'made up', '']) {
      const { status, challenges } = await server.ask(digestHeader({ ...who, nonce: old, nc: 2 }));
      expect(status).to.equal(401);
      expect(challengeOf(challenges, 'MD5').stale).to.equal(true);
      const fresh = challengeOf(challenges, 'MD5').nonce;
      expect((await server.ask(digestHeader({ ...who, nonce: fresh }))).text).to.equal('in');
    }
  });

  it('takes the counts of one nonce in any order, but each only once', async () => {
    await using server = await guarded();
    const who = { user: 'ann', password: 'secret', uri: '/x?a=1', nonce: await server.nonce() };
    for (const nc of [1, 3, 2, 4])
      expect((await server.ask(digestHeader({ ...who, nc }))).text).to.equal('in');
    const replayed = await server.ask(digestHeader({ ...who, nc: 3 }));
    expect(replayed.status).to.equal(401);
    expect(challengeOf(replayed.challenges, 'MD5').stale).to.equal(true);
  });

  it('follows the file, and lets nobody in while it cannot be read', async () => {
    await using server = await guarded();
    writeFileSync(server.authDb, 'bob:other\n');
    expect((await server.ask(basic('ann:secret'))).status).to.equal(401);
    expect((await server.ask(basic('bob:other'))).text).to.equal('in');
    writeFileSync(server.authDb, '\n');
    const { status, text } = await server.ask(basic('bob:other'));
    expect(status).to.equal(503);
    expect(text).to.match(/names no user/);
  });

  it('does not let the right answers of Digest wait for each other after wrong ones', async () => {
    await using server = await guarded();
    const who = { user: 'ann', password: 'secret', uri: '/x?a=1', nonce: await server.nonce() };
    for (let time = 0; time < 12; time++) await server.ask(basic('ann:wrong'));
    server.pauses.length = 0;
    server.clock.now += 60_000;
    for (let nc = 1; nc <= 20; nc++) {
      expect((await server.ask(digestHeader({ ...who, nc }))).text).to.equal('in');
    }
    expect(server.pauses).to.deep.equal([]);
    await server.ask(basic('ann:wrong'));
    expect((await server.ask(digestHeader({ ...who, nc: 21 }))).text).to.equal('in');
    expect(server.pauses).to.deep.equal([2000]);
  });

  it('lets keys in while the file cannot be read, also one that a person chose', async () => {
    await using server = await guarded();
    const keys = [await server.keys.make('ci'), await server.keys.make('old', {}, 'correct-horse-battery')];
    writeFileSync(server.authDb, '\n');
    for (const key of keys) {
      expect((await server.ask(`Bearer ${key}`)).text).to.equal('in');
      expect((await server.ask(basic(`${key}:`))).text).to.equal('in');
    }
    expect((await server.ask('Bearer incorrect-horse-battery')).status).to.equal(503);
  });

  for (const way of ['--basic', '--digest', '--anyauth']) {
    it(`serves curl ${way}, also with a form`, async () => {
      await using server = await guarded();
      const ask = (user: string, ...more: string[]) =>
        run('curl', ['-sS', '--fail', way, '-u', user, ...more, `${server.url}/x?a=1&b=%20`]);
      expect(await ask('ann:secret')).to.deep.equal({ code: 0, stdout: 'in', stderr: '' });
      expect((await ask('zoë:pässword')).stdout).to.equal('in');
      expect((await ask('ann:secret', '-F', 'archive=@/proc/self/cmdline')).stdout).to.equal('in');
      expect((await ask('ann:secret', '-d', 'a=1')).stdout).to.equal('in');
      expect((await ask('ann:wrong')).code).to.equal(22);
    });
  }
});
