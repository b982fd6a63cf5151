import { hostname } from 'node:os';
import { request } from 'node:http';
import { connect } from 'node:net';
import { expect } from 'chai';
import express from 'express';
import { UserError } from '../../src/errors.ts';
import { hostGuard } from '../../src/http/guard.ts';
import { serve } from './serve.ts';

/** A guarded server that answers `in`, or what the guard says. */
async function guarded() {
  const app = express();
  app.use(hostGuard({ hosts: ['Spiders.example.org'], origins: ['https://ui.example.org/'] }));
  app.use((_req, res) => {
    res.send('in');
  });
  app.use(((error, _req, res, next) => {
    if (error instanceof UserError) res.send(`${error.kind}: ${error.message}`);
    else next(error);
  }) satisfies express.ErrorRequestHandler);
  const server = await serve(app as Parameters<typeof serve>[0]);
  const ask = (method: string, headers: Record<string, string>) =>
    new Promise<string>((resolve, reject) => {
      const sent = request(server.url, { method, headers: { Connection: 'close', ...headers } }, (res) => {
        let text = '';
        res.on('data', (data: Buffer) => (text += data.toString()));
        res.on('end', () => {
          resolve(text);
        });
      });
      sent.on('error', reject);
      sent.end();
    });
  return { ...server, ask };
}

describe('hostGuard', () => {
  it('accepts loopback names, addresses, the own name and what is configured', async () => {
    await using server = await guarded();
    const known = [
      'localhost:7654',
      'LOCALHOST',
      'localhost.',
      'a.b.localhost:1',
      '127.0.0.1:7654',
      '127.1.2.3',
      '192.168.1.5:80',
      '[::1]:7654',
      '[fe80::1]',
      hostname(),
      'spiders.example.org:443',
    ];
    for (const host of known) expect(await server.ask('POST', { Host: host }), host).to.equal('in');
  });

  it('refuses any other Host, also for reading, and says which and what to set', async () => {
    await using server = await guarded();
    const foreign = [
      'evil.example.com',
      'evil.example.com:7654',
      'localhost.evil.com',
      '127.0.0.1.evil.com',
      'xlocalhost',
      'localhost:80@evil.com',
      '[evil.com]:80',
    ];
    for (const host of foreign) {
      const text = await server.ask('GET', { Host: host });
      expect(text, host).to.match(/^forbidden: /);
      expect(text).to.include(`"${host}"`).and.include('"allowed-hosts"');
    }
  });

  it('accepts a request of HTTP/1.0 without Host', async () => {
    await using server = await guarded();
    const text = await new Promise<string>((resolve) => {
      const socket = connect(server.port, '127.0.0.1', () => socket.write('GET / HTTP/1.0\r\n\r\n'));
      let answer = '';
      socket.on('data', (data) => (answer += data.toString()));
      socket.on('close', () => {
        resolve(answer);
      });
    });
    expect(text).to.match(/\r\n\r\nin$/);
  });

  it('refuses changes asked for by pages of elsewhere', async () => {
    await using server = await guarded();
    const Host = 'localhost:7654';
    const elsewhere = [
      { Origin: 'http://evil.example.com' },
      { Origin: 'http://localhost:8000' },
      { Origin: 'http://localhost' },
      { Origin: 'null' },
      { Origin: 'nonsense' },
      { Origin: 'http://localhost:7654.evil.com' },
      { 'Sec-Fetch-Site': 'cross-site' },
      { 'Sec-Fetch-Site': 'same-site' },
    ];
    for (const headers of elsewhere) {
      for (const method of ['POST', 'PUT', 'DELETE', 'PATCH']) {
        const text = await server.ask(method, { Host, ...headers });
        expect(text, JSON.stringify(headers)).to.match(/^forbidden: .*"allowed-origins"/);
        expect(text).to.include(`"${Object.values(headers)[0] ?? ''}"`);
      }
      expect(await server.ask('GET', { Host, ...headers })).to.equal('in');
    }
  });

  it('accepts changes by its own pages, by allowed ones and by what is no browser', async () => {
    await using server = await guarded();
    const allowed = [
      { Host: 'localhost:7654', Origin: 'http://localhost:7654', 'Sec-Fetch-Site': 'same-origin' },
      { Host: 'localhost', Origin: 'https://localhost' },
      { Host: 'localhost:443', Origin: 'https://localhost' },
      { Host: '[::1]:7654', Origin: 'http://[::1]:7654' },
      { Host: 'localhost:7654', Origin: 'https://ui.example.org', 'Sec-Fetch-Site': 'cross-site' },
      { Host: 'localhost:7654', 'Sec-Fetch-Site': 'none' },
      { Host: 'localhost:7654' },
    ];
    for (const headers of allowed)
      expect(await server.ask('POST', headers), JSON.stringify(headers)).to.equal('in');
  });
});
