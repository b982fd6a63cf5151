import { mkdtemp, rm, symlink } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { toError } from '../errors.ts';
import { parseHostMessage } from './protocol.ts';
import type { DaemonMessage, HostMessage } from './protocol.ts';

/** Bytes of a socket's path: sun_path without its final zero (Linux 108, macOS 104). */
const MOST_BYTES_OF_PATH = process.platform === 'linux' ? 107 : 103;
/** A greeting names every running job and every exit; a line beyond this is no host's. */
const MOST_CHARACTERS_OF_LINE = 256 * 1024 * 1024;

export interface ConnectionEvents {
  message(message: HostMessage): void;
  /** Told once, whoever closed it and why. */
  closed(): void;
}

/** A connection to a spider host. */
export class Connection {
  /** Resolves when it is closed, after the event. */
  readonly closed: Promise<void>;
  readonly #socket: net.Socket;
  readonly #events: ConnectionEvents;
  #received = '';

  constructor(socket: net.Socket, events: ConnectionEvents) {
    this.#socket = socket;
    this.#events = events;
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => {
      this.#receive(text);
    });
    // A 'close' follows, which says all that matters.
    socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => {
      socket.on('close', () => {
        events.closed();
        resolve();
      });
    });
  }

  #receive(text: string): void {
    const lines = (this.#received + text).split('\n');
    this.#received = lines.pop() ?? '';
    try {
      if (this.#received.length > MOST_CHARACTERS_OF_LINE) throw new Error('the line is too long');
      for (const line of lines) this.#events.message(parseHostMessage(line));
    } catch (error) {
      this.#socket.destroy(toError(error));
    }
  }

  send(message: DaemonMessage): void {
    this.#socket.write(`${JSON.stringify(message)}\n`);
  }

  close(): void {
    this.#socket.destroy();
  }
}

/**
 * Connects to the socket, or gives null if no process listens on it.
 * @throws if it cannot be known, as when there are no free file descriptors.
 */
export async function connectTo(path: string): Promise<net.Socket | null> {
  try {
    if (Buffer.byteLength(path) <= MOST_BYTES_OF_PATH) return await open(path);
    return await openByShortPath(path);
  } catch (error) {
    const { code } = toError(error);
    if (code === 'ENOENT' || code === 'ECONNREFUSED') return null;
    throw error;
  }
}

/** The socket stays in its folder; only the name that it is opened by is short, in a folder that nobody else can enter. */
async function openByShortPath(path: string): Promise<net.Socket> {
  const folder = await mkdtemp(join(tmpdir(), 'orbweaver-'));
  try {
    await symlink(dirname(path), join(folder, 'h'));
    return await open(join(folder, 'h', 'host.sock'));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function open(path: string): Promise<net.Socket> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(path);
    socket.once('connect', () => {
      socket.off('error', reject);
      resolve(socket);
    });
    socket.once('error', reject);
  });
}
