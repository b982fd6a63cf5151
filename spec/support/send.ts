import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Answer } from './daemon.ts';

/** A request that `fetch` would refuse to send: a GET with a body, a Host of its own, an address left as it is. */
export interface Sent {
  method?: string;
  headers?: Record<string, string>;
  body?: string | Buffer;
  /** One of 127.0.0.0/8 to come from. */
  localAddress?: string;
}

/** Sends a request on a connection of its own. */
export async function send(url: string, path: string, sent: Sent = {}): Promise<Answer> {
  const { hostname, port } = new URL(url);
  const { method = 'GET', headers = {}, body = '', localAddress } = sent;
  const asked = request({ hostname, port, path, method, headers, localAddress, agent: false });
  // A header, not chunks: a GET's body would otherwise not be announced at all.
  if (body.length > 0) asked.setHeader('content-length', Buffer.byteLength(body));
  asked.end(body);
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  const answered = await text(response);
  const isJson = response.headers['content-type'] === 'application/json' && answered !== '';
  return {
    status: response.statusCode ?? 0,
    headers: new Headers(Object.entries(response.headers).map(([name, value]) => [name, String(value)])),
    text: answered,
    body: isJson ? (JSON.parse(answered) as unknown) : null,
  };
}

/** Sends bytes as they are and gives all that comes back until the daemon closes the connection. */
export async function sendBytes(url: string, bytes: string | Buffer): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  // A reset after the answer is as good as a close.
  socket.on('error', () => undefined);
  let received = '';
  socket.on('data', (chunk: Buffer) => {
    received += chunk.toString('latin1');
  });
  socket.write(bytes);
  await new Promise((resolve) => socket.once('close', resolve));
  return received;
}

/** Fields as a multipart form, with the header that names its boundary. */
export function multipart(fields: Record<string, string | Buffer>): Required<Pick<Sent, 'headers' | 'body'>> {
  const boundary = 'a-boundary-of-the-specs';
  const parts = Object.entries(fields).flatMap(([name, value]) => [
    Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n`),
    Buffer.from(value),
    Buffer.from('\r\n'),
  ]);
  return {
    headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
    body: Buffer.concat([...parts, Buffer.from(`--${boundary}--\r\n`)]),
  };
}

/** Fields as an urlencoded form; bytes that are not text too, as Python's requests sends them. */
export function urlencoded(
  fields: Record<string, string | Buffer>,
): Required<Pick<Sent, 'headers' | 'body'>> {
  const escaped = (value: string | Buffer) =>
    Array.from(Buffer.from(value), (byte) =>
      /[A-Za-z0-9_.-]/.test(String.fromCharCode(byte))
        ? String.fromCharCode(byte)
        : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`,
    ).join('');
  return {
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: Object.entries(fields)
      .map(([name, value]) => `${escaped(name)}=${escaped(value)}`)
      .join('&'),
  };
}
