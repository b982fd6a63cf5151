import { copyFileSync, mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { createServer, connect as connectTcp, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { connect, type PeerCertificate, type TLSSocket } from 'node:tls';
import { expect } from 'chai';
import { UserError } from '../../src/errors.ts';
import { listen, type ListenOptions } from '../../src/http/listen.ts';
import type { Log } from '../../src/log.ts';
import { temporaryFolder, until } from './serve.ts';

const FIXTURES = join(import.meta.dirname, '..', 'fixtures', 'tls');

function recorder() {
  const lines: string[] = [];
  const write = (_details: object, message: string) => {
    lines.push(message);
  };
  const log: Log = { info: write, warn: write, error: write };
  return { log, lines };
}

function options(changes: Partial<ListenOptions> = {}): ListenOptions {
  return {
    app: (_req, res) => {
      res.end('here');
    },
    addresses: [{ host: '127.0.0.1', port: 0 }],
    unixSocket: null,
    tls: null,
    log: recorder().log,
    closeGraceMs: 100,
    ...changes,
  };
}

/** The name in the certificate that a new connection is shown. */
async function servedName(port: number): Promise<string> {
  const socket = await new Promise<TLSSocket>((resolve, reject) => {
    const opened = connect({ host: '127.0.0.1', port, rejectUnauthorized: false }, () => {
      resolve(opened);
    });
    opened.on('error', reject);
  });
  const certificate: PeerCertificate = socket.getPeerCertificate();
  socket.destroy();
  return String(certificate.subject.CN);
}

describe('listen', () => {
  it('serves on every address and tells the ports it got', async () => {
    const addresses = [
      { host: '127.0.0.1', port: 0 },
      { host: '127.0.0.1', port: 0 },
    ];
    const server = await listen(options({ addresses }));
    expect(new Set(server.addresses.map(({ port }) => port)).size).to.equal(2);
    for (const url of server.urls) expect(await (await fetch(url)).text()).to.equal('here');
    await server.close();
  });

  it('names the address that is taken, and opens none then', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as AddressInfo;
    const free = createServer();
    await new Promise<void>((resolve) => free.listen(0, '127.0.0.1', resolve));
    const { port: other } = free.address() as AddressInfo;
    await new Promise((resolve) => free.close(resolve));

    const addresses = [other, port].map((each) => ({ host: '127.0.0.1', port: each }));
    const error: unknown = await listen(options({ addresses })).catch((thrown: unknown) => thrown);
    expect(error).to.be.instanceOf(UserError);
    expect((error as UserError).message).to.equal(
      `Cannot listen on "127.0.0.1:${port}": another program has it.`,
    );
    expect((error as UserError).cause).to.have.property('code', 'EADDRINUSE');
    const refused = await new Promise<string | undefined>((resolve) => {
      connectTcp(other, '127.0.0.1')
        .on('error', (fault: NodeJS.ErrnoException) => {
          resolve(fault.code);
        })
        .on('connect', () => {
          resolve('connected');
        });
    });
    expect(refused).to.equal('ECONNREFUSED');
    await new Promise((resolve) => taken.close(resolve));
  });

  it('closes idle connections at once, lets an answer finish, and cuts off what does not end', async () => {
    let finish = () => undefined as unknown;
    const app: ListenOptions['app'] = (req, res) => {
      if (req.url === '/idle') res.end('here');
      else res.write('begun ');
      if (req.url === '/finishing') finish = () => res.end('and done');
    };
    const server = await listen(options({ app }));
    const agent = new Agent({ keepAlive: true });
    const ask = (path: string) => {
      const answer = { text: '', end: null as string | null };
      get(`${server.urls[0] ?? ''}${path}`, { agent }, (res) => {
        res.on('data', (data: Buffer) => (answer.text += data.toString()));
        res.on('end', () => (answer.end = 'whole'));
        res.on('error', () => (answer.end = 'cut off'));
      });
      return answer;
    };
    const idle = ask('/idle');
    const finishing = ask('/finishing');
    const endless = ask('/endless');
    await until(() => idle.end !== null && finishing.text !== '' && endless.text !== '');
    const closed = server.close();
    finish();
    await Promise.all([closed, server.close()]);
    await until(() => finishing.end !== null && endless.end !== null);
    expect(finishing).to.deep.equal({ text: 'begun and done', end: 'whole' });
    expect(endless.end).to.equal('cut off');
    agent.destroy();
  });
});

describe('listen with TLS', () => {
  /** Files that follow links, as certbot lays them out. */
  function certificates() {
    const folder = temporaryFolder();
    const live = join(folder.path, 'live');
    mkdirSync(live);
    const use = (name: string) => {
      for (const kind of ['key', 'cert']) {
        symlinkSync(join(FIXTURES, `${name}.${kind}`), join(live, `${kind}.new`));
        renameSync(join(live, `${kind}.new`), join(live, `${kind}.pem`));
      }
    };
    use('first');
    const tls = { key: join(live, 'key.pem'), cert: join(live, 'cert.pem'), chain: null };
    return { ...folder, use, live, tls, [Symbol.dispose]: folder[Symbol.dispose] };
  }

  it('takes a renewed certificate without a restart, and keeps the old one when the new is broken', async () => {
    using files = certificates();
    const { log, lines } = recorder();
    const server = await listen(options({ tls: files.tls, log }));
    const port = server.addresses[0]?.port ?? 0;
    expect(server.urls[0]).to.equal(`https://127.0.0.1:${port}`);
    expect(await servedName(port)).to.equal('first.localhost');

    files.use('second');
    await until(() => lines.length === 1);
    expect(await servedName(port)).to.equal('second.localhost');

    writeFileSync(join(files.live, 'broken'), 'not a certificate');
    renameSync(join(files.live, 'broken'), files.tls.cert);
    await until(() => lines.length === 2);
    expect(lines[1]).to.match(/cannot be used/);
    expect(await servedName(port)).to.equal('second.localhost');

    files.use('first');
    await until(() => lines.length === 3);
    expect(await servedName(port)).to.equal('first.localhost');
    await server.close();
  });

  it('sends the chain after the certificate', async () => {
    using files = certificates();
    const chain = join(files.live, 'chain.pem');
    copyFileSync(join(FIXTURES, 'second.cert'), chain);
    const server = await listen(options({ tls: { ...files.tls, chain } }));
    expect(await servedName(server.addresses[0]?.port ?? 0)).to.equal('first.localhost');
    await server.close();
  });

  it('says which file is missing, or that key and certificate are no pair', async () => {
    using files = certificates();
    const fault = async (changes: object) => {
      const tls = { ...files.tls, ...changes };
      const error: unknown = await listen(options({ tls })).catch((thrown: unknown) => thrown);
      expect(error).to.be.instanceOf(UserError);
      return (error as UserError).message;
    };
    expect(await fault({ key: '/nowhere/key.pem' })).to.match(/"\/nowhere\/key\.pem" cannot be read/);
    expect(await fault({ chain: '/nowhere/chain.pem' })).to.match(/"\/nowhere\/chain\.pem" cannot be read/);
    expect(await fault({ cert: join(FIXTURES, 'second.cert') })).to.match(/cannot be used/);
  });
});
