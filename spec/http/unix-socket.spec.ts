import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { UserError } from '../../src/errors.ts';
import { listen, type ListenOptions } from '../../src/http/listen.ts';
import { silentLog } from '../support/silent-log.ts';
import { temporaryFolder } from './serve.ts';

const TLS = join(import.meta.dirname, '..', 'fixtures', 'tls');

function serving(unixSocket: string, changes: Partial<ListenOptions> = {}) {
  return listen({
    app: (_req, res) => {
      res.end('here');
    },
    addresses: [{ host: '127.0.0.1', port: 0 }],
    unixSocket,
    tls: null,
    log: silentLog,
    closeGraceMs: 100,
    ...changes,
  });
}

async function ask(socketPath: string): Promise<string> {
  const [answer] = (await once(request({ socketPath, path: '/' }).end(), 'response')) as [
    NodeJS.ReadableStream,
  ];
  let text = '';
  for await (const part of answer) text += part.toString();
  return text;
}

async function refusal(unixSocket: string): Promise<string> {
  const error: unknown = await serving(unixSocket).catch((thrown: unknown) => thrown);
  expect(error).to.be.instanceOf(UserError);
  return (error as UserError).message;
}

/** Leaves a socket as a daemon does that was killed. */
async function leaveStale(path: string): Promise<void> {
  const program = `require('node:net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`;
  await once(spawn(process.execPath, ['-e', program]), 'exit');
  expect(statSync(path).isSocket()).to.equal(true);
}

describe('a UNIX socket', () => {
  it('is served beside the addresses, for user and group only, and goes when the server does', async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, 'api.sock');
    const server = await serving(path);
    expect(server.urls).to.deep.equal([
      `http://127.0.0.1:${server.addresses[0]?.port ?? ''}`,
      `http+unix://${path}`,
    ]);
    expect(await ask(path)).to.equal('here');
    expect(await (await fetch(server.urls[0] ?? '')).text()).to.equal('here');
    expect(statSync(path).mode & 0o777).to.equal(0o660);
    await server.close();
    expect(existsSync(path)).to.equal(false);
  });

  it('speaks HTTP where the addresses speak HTTPS', async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, 'api.sock');
    const tls = { key: join(TLS, 'first.key'), cert: join(TLS, 'first.cert'), chain: null };
    const server = await serving(path, { tls });
    expect(server.urls[0]).to.match(/^https:/);
    expect(await ask(path)).to.equal('here');
    await server.close();
  });

  it('takes the place of one that a dead daemon has left', async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, 'api.sock');
    await leaveStale(path);
    const server = await serving(path);
    expect(await ask(path)).to.equal('here');
    await server.close();
  });

  it('is not taken from a program that serves on it', async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, 'api.sock');
    const server = await serving(path);
    expect(await refusal(path)).to.equal(
      `Cannot serve on the UNIX socket "${path}": another program serves on it.`,
    );
    expect(await ask(path)).to.equal('here');
    await server.close();
  });

  it('takes the place of nothing else', async () => {
    using folder = temporaryFolder();
    const file = join(folder.path, 'file');
    writeFileSync(file, 'mine');
    const link = join(folder.path, 'link');
    symlinkSync(file, link);
    for (const path of [file, link, folder.path]) {
      expect(await refusal(path)).to.equal(
        `Cannot serve on the UNIX socket "${path}": there is a file that is no socket: move it or name another path.`,
      );
    }
    expect(readFileSync(link, 'utf8')).to.equal('mine');
    for (const path of [join(folder.path, 'none', 'api.sock'), join(file, 'api.sock')]) {
      expect(await refusal(path)).to.equal(
        `Cannot serve on the UNIX socket "${path}": there is no such folder.`,
      );
    }
  });

  it('is not left behind when an address is refused, and is enough when each default is taken', async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, 'api.sock');
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as { port: number };
    const addresses = [{ host: '127.0.0.1', port }];
    const error: unknown = await serving(path, { addresses }).catch((thrown: unknown) => thrown);
    expect(error).to.be.instanceOf(UserError);
    expect(existsSync(path)).to.equal(false);

    const faults: UserError[] = [];
    const server = await serving(path, { addresses, onTaken: (fault) => faults.push(fault) });
    expect(faults).to.have.length(1);
    expect(server.urls).to.deep.equal([`http+unix://${path}`]);
    await server.close();
    taken.close();
  });
});
