import { expect } from 'chai';
import express from 'express';
import { KeyRing } from '../../../src/access/key-ring.ts';
import { hashPassword } from '../../../src/access/password-hash.ts';
import { accessOf } from '../../../src/http/auth/access-of.ts';
import { authenticate } from '../../../src/http/auth/authenticate.ts';
import { Credentials, type NamedUser } from '../../../src/http/auth/credentials.ts';
import { memoryKeys } from '../../support/key-store.ts';
import { send } from '../../support/send.ts';
import { silentLog } from '../../support/silent-log.ts';
import { serve } from '../serve.ts';

const CHOSEN = '0123456789abcdef0123456789abcdef';
const basic = (text: string) => ({ authorization: `Basic ${Buffer.from(text).toString('base64')}` });
const bearer = (value: string) => ({ authorization: `Bearer ${value}` });

/** A server that answers with who it takes the request to be from, and with the address that is left of it. */
async function door({ user = null, isLocal = true }: { user?: NamedUser | null; isLocal?: boolean } = {}) {
  const clock = { now: 1_000_000 };
  const [pauses, logged] = [[] as number[], [] as string[]];
  const keys = memoryKeys();
  const record = (...args: unknown[]) => logged.push(JSON.stringify(args));
  const log = { ...silentLog, warn: record };
  const now = () => clock.now;
  const app = express();
  app.use(
    authenticate({
      credentials: user === null ? null : new Credentials(null, user),
      keys: new KeyRing({ store: keys, now, log }),
      jobTokens: { accessOf: () => null },
      ...{ isLocal, now, log, prefixHeader: 'x-forwarded-prefix' },
      pause: (ms) => Promise.resolve(pauses.push(ms)),
    }),
  );
  app.use((req, res) => {
    const { who, readOnly, projects } = accessOf(req);
    res.json({ who: `${who.kind} ${who.name}`.trim(), readOnly, projects, url: req.url });
  });
  const server = await serve(app as Parameters<typeof serve>[0]);
  const ask = (headers: Record<string, string> = {}, path = '/x') => send(server.url, path, { headers });
  return {
    ...{ ...server, clock, keys, pauses, logged, ask },
    who: async (headers?: Record<string, string>, path?: string) => {
      const { status, text } = await ask(headers, path);
      return status === 200 ? (JSON.parse(text) as { who: string }).who : status;
    },
  };
}

describe('keys', () => {
  it('may be any while there is none, and nothing has to be shown at all', async () => {
    await using server = await door();
    for (const headers of [
      {},
      basic('any:'),
      basic('any:thing'),
      bearer('x'),
      { authorization: 'Digest x' },
    ]) {
      expect(await server.who(headers)).to.equal('anybody');
    }
    expect(await server.who({}, '/x?apikey=any')).to.equal('anybody');
  });

  it('close the door from the first on, and leave it open again without the last', async () => {
    await using server = await door();
    const key = await server.keys.make('ci');
    for (const headers of [{}, basic('any:'), bearer('any')]) expect(await server.who(headers)).to.equal(401);
    expect(await server.who(bearer(key))).to.equal('key ci');
    server.keys.removeKey('ci');
    expect(await server.who()).to.equal('anybody');
  });

  it('that are all revoked leave it shut where other machines can come to it', async () => {
    await using server = await door({ isLocal: false });
    expect(await server.who()).to.equal(401);
    expect(await server.who(bearer('any'))).to.equal(401);
  });

  it('open as user name without a password, as bearer token and in the address, generated or chosen', async () => {
    await using server = await door();
    const values = [await server.keys.make('ci'), await server.keys.make('ci', {}, CHOSEN)];
    for (const value of values) {
      expect(await server.who(basic(`${value}:`))).to.equal('key ci');
      expect(await server.who(bearer(value))).to.equal('key ci');
      expect(await server.who({ authorization: `bEARER  ${value}` })).to.equal('key ci');
      expect(await server.who({}, `/x?apikey=${value}`)).to.equal('key ci');
      expect(await server.who(bearer('wrong'), `/x?apikey=${value}`)).to.equal('key ci');
      expect(await server.who(basic(`${value}:x`))).to.equal(401);
      expect(await server.who(bearer(`${value}x`))).to.equal(401);
      expect(await server.who(bearer(value.slice(0, -1)))).to.equal(401);
      expect(await server.who({}, `/x?apiKey=${value}`)).to.equal(401);
    }
  });

  it('bring what they may', async () => {
    await using server = await door();
    const key = await server.keys.make('ci', { readOnly: true, projects: ['quotes'] });
    const { text } = await server.ask(bearer(key));
    expect(JSON.parse(text)).to.deep.include({ readOnly: true, projects: ['quotes'] });
  });

  it('are taken out of the address, which else stays as it came', async () => {
    await using server = await door();
    const key = await server.keys.make('ci');
    for (const [path, left] of [
      [`/x?apikey=${key}`, '/x'],
      [`/x?a=%20+&apikey=${key}&b`, '/x?a=%20+&b'],
      [`/x?%61pike%79=${key}&&a=1`, '/x?&a=1'],
      [`/x?apikey=${key}&apikey=other&apikey`, '/x'],
      [`/x?apikey=${key}&bapikey=1&x=apikey=2`, '/x?bapikey=1&x=apikey=2'],
    ] as const) {
      const { text } = await server.ask({}, path);
      expect((JSON.parse(text) as { url: string }).url).to.equal(left);
    }
    expect(await server.who(bearer(key), '/x?apikey=%zz&%=1')).to.equal('key ci');
  });

  it('go beside users, of whom Basic is asked, and Digest only where a password is no hash', async () => {
    await using plain = await door({ user: { name: 'zoë', password: 'pä:ss' } });
    const key = await plain.keys.make('ci');
    expect(await plain.who(basic('zoë:pä:ss'))).to.equal('user zoë');
    expect(await plain.who(bearer(key))).to.equal('key ci');
    expect((await plain.ask()).headers.get('www-authenticate')).to.contain('Digest');

    await using hashed = await door({ user: { name: 'zoë', password: await hashPassword('pä:ss') } });
    for (let time = 0; time < 2; time++) expect(await hashed.who(basic('zoë:pä:ss'))).to.equal('user zoë');
    for (const wrong of ['zoë:pä:s', 'zoe:pä:ss', ':']) expect(await hashed.who(basic(wrong))).to.equal(401);
    expect((await hashed.ask()).headers.get('www-authenticate')).to.equal(
      'Basic realm="scrapy-do", charset="UTF-8"',
    );
  });

  it('that are wrong are slowed down, but not who was right before, nor who has a generated key', async () => {
    await using server = await door({ user: { name: 'ann', password: 'secret' } });
    const [key] = [await server.keys.make('ci'), await server.keys.make('old', {}, CHOSEN)];
    for (const known of [basic('ann:secret'), bearer(CHOSEN)]) await server.who(known);
    for (let time = 0; time < 12; time++) expect(await server.who(basic('ann:wrong'))).to.equal(401);
    expect(server.pauses).to.deep.equal([250, 500]);
    for (const known of [basic('ann:secret'), bearer(CHOSEN), bearer(key)]) {
      expect(await server.who(known)).to.be.a('string');
    }
    expect(server.pauses).to.have.length(2);
    for (let time = 0; time < 20; time++) await server.who(bearer('wrong'));
    const { status, headers } = await server.ask(bearer('wrong'));
    expect([status, headers.get('retry-after')]).to.deep.equal([429, '10']);
    expect(await server.who(bearer(key))).to.equal('key ci');
    expect(await server.who()).to.equal(401);
  });

  it('that are wrong are logged with their address, and without what was shown', async () => {
    await using server = await door({ user: { name: 'ann', password: 'secret' } });
    await server.who(bearer('hunter2-bearer'), '/x?apikey=hunter2-query');
    await server.who(basic('hunter2-name:'));
    await server.who(basic('ann:hunter2-password'));
    await server.who();
    expect(server.logged).to.have.length(3);
    for (const line of server.logged) {
      expect(line).to.contain('127.0.0.1').and.to.contain('"/x"').and.to.not.contain('hunter2');
    }
  });

  it('are marked as used at most once a minute, and open also where that cannot be written', async () => {
    await using server = await door();
    const key = await server.keys.make('ci');
    const usedAt = async (after: number) => {
      server.clock.now += after;
      expect(await server.who(bearer(key))).to.equal('key ci');
      return server.keys.keys()[0]?.lastUsedAt;
    };
    expect(await usedAt(0)).to.equal(1_000_000);
    expect(await usedAt(59_999)).to.equal(1_000_000);
    expect(await usedAt(1)).to.equal(1_060_000);
  });

  it('are marked as used also when another of their name was just before', async () => {
    await using server = await door();
    await server.who(bearer(await server.keys.make('ci')));
    server.keys.removeKey('ci');
    await server.who(bearer(await server.keys.make('ci')));
    expect(server.keys.keys()[0]?.lastUsedAt).to.equal(1_000_000);
  });
});
