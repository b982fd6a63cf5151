import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { toError } from '../errors.ts';
import { FileWatch } from './file-watch.ts';

/** Most bytes that are handed on in one go; whoever is further behind is sent them at a speed of his own. */
const MOST_BYTES = 64 * 1024;
/** How long what is new waits after the last was handed on. Writing to each reader is what costs. */
const PAUSE_MS = 2;
const PAUSE_MS_A_READER = 0.45;
const LONGEST_PAUSE_MS = 100;
/** In pauses that are longer than this, events would come for nothing: each costs as much as a few writes. */
const LONGEST_PAUSE_WITH_EVENTS_MS = 10;

export interface GrowingFileOptions {
  /** Need not exist yet. */
  path: string;
  /** Whether nobody writes to the file any more. */
  isOver: () => boolean;
  /** Calls back once when that comes to be; gives a function that unsubscribes. */
  onOver: (callback: () => void) => () => void;
  /** How often to look without an event, for file systems that have none and systems that have no watch to spare. */
  recheckMs: number;
}

const CRLF = Buffer.from('\r\n');

/** Those that are followed now, by their paths. */
const files = new Map<string, GrowingFile>();

/**
 * A file that somebody writes to, shared by all who follow it: it is watched once, and what comes is read once. After a
 * pause the first bytes are handed on at once; the more readers, the more of what follows is handed on together.
 */
export class GrowingFile {
  readonly #options: GrowingFileOptions;
  readonly #watch: FileWatch;
  readonly #recheck: NodeJS.Timeout;
  readonly #unsubscribe: () => void;
  /** Those that have all up to the offset, and what ends their wait for more. */
  readonly #waiting = new Map<ServerResponse, PromiseWithResolvers<number>>();
  #offset = 0;
  #users = 0;
  #descriptor: number | null = null;
  #handedOnAt = -Infinity;
  #handOnSoon: NodeJS.Timeout | null = null;
  #isOver = false;

  private constructor(options: GrowingFileOptions) {
    this.#options = options;
    this.#watch = new FileWatch(options.path, () => {
      this.#changed();
    });
    this.#unsubscribe = options.onOver(() => {
      this.#end();
    });
    this.#recheck = setInterval(() => {
      this.#look();
    }, options.recheckMs);
    this.#look();
  }

  /** The file at a path, for one who follows it, and has to {@link leave} it. */
  static join(options: GrowingFileOptions): GrowingFile {
    const file = files.get(options.path) ?? new GrowingFile(options);
    // There may be a new file in the place of one that is over.
    if (!file.#isOver) files.set(options.path, file);
    file.#users += 1;
    return file;
  }

  leave(): void {
    this.#users -= 1;
    if (this.#users > 0) return;
    this.#giveUpPath();
    this.#watch.close();
    this.#unsubscribe();
    clearInterval(this.#recheck);
    if (this.#handOnSoon !== null) clearTimeout(this.#handOnSoon);
    if (this.#descriptor !== null) closeSync(this.#descriptor);
  }

  /** Whether nobody writes to it any more. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /**
   * What it is read by, and its size now; null while there is no file.
   * @throws the system's error when it cannot be read
   */
  look(): { descriptor: number; size: number } | null {
    if (this.#descriptor === null) {
      // Before the look, or a file that is made in between would go unnoticed.
      this.#watch.on('folder');
      this.#descriptor = openIfThere(this.#options.path);
      if (this.#descriptor === null) return null;
      this.#watch.on('file');
    }
    return { descriptor: this.#descriptor, size: fstatSync(this.#descriptor).size };
  }

  /**
   * Hands what comes after the offset, where the file ended when it was looked at just now, on to a reader. Resolves
   * with the new offset when there is something else to do: the file is over, was cut or has grown by much, or the
   * reader has left or takes no more.
   */
  async handOn(offset: number, response: ServerResponse): Promise<number> {
    if (this.#waiting.size > 0) this.#handOnNew();
    if (this.#waiting.size === 0) this.#offset = offset;
    if (this.#offset !== offset || this.#isOver) return offset;
    const turn = Promise.withResolvers<number>();
    this.#waiting.set(response, turn);
    const leave = () => {
      this.#release(response);
    };
    const { socket } = response.req;
    socket.once('close', leave);
    try {
      return await turn.promise;
    } finally {
      socket.off('close', leave);
    }
  }

  #changed(): void {
    if (this.#handOnSoon !== null || this.#waiting.size === 0) return;
    const wait = this.#handedOnAt + this.#pauseMs() - performance.now();
    if (wait > 0) this.#handOnAfter(wait);
    else this.#handOn();
  }

  #pauseMs(): number {
    return Math.min(PAUSE_MS + this.#waiting.size * PAUSE_MS_A_READER, LONGEST_PAUSE_MS);
  }

  #handOnAfter(ms: number): void {
    this.#handOnSoon = setTimeout(() => {
      this.#handOnSoon = null;
      this.#handOn();
    }, ms);
  }

  #handOn(): void {
    try {
      const isNew = this.#handOnNew();
      const pause = this.#pauseMs();
      if (isNew && pause > LONGEST_PAUSE_WITH_EVENTS_MS) {
        this.#watch.close();
        this.#handOnAfter(pause);
        return;
      }
      // What came before it was watched again made no event.
      if (this.#descriptor !== null && this.#watch.on('file')) this.#handOnNew();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Whether there was anything new for those who wait. */
  #handOnNew(): boolean {
    this.#handedOnAt = performance.now();
    const found = this.look();
    const growth = found === null ? 0 : found.size - this.#offset;
    if (found === null || growth === 0 || this.#waiting.size === 0) return false;
    if (growth < 0 || growth > MOST_BYTES) {
      this.#releaseAll();
      return false;
    }
    // What has just been written is in memory: to read it takes less than to have it read by another thread.
    const bytes = Buffer.allocUnsafe(growth);
    const count = readSync(found.descriptor, bytes, 0, growth, this.#offset);
    // It was cut since; the end of all chunks is an empty one.
    if (count === 0) return false;
    this.#offset += count;
    const write = writerOf(bytes.subarray(0, count));
    for (const response of this.#waiting.keys()) if (!write(response)) this.#release(response);
    return true;
  }

  /** Looks without having been told. */
  #look(): void {
    try {
      if (this.#options.isOver()) this.#end();
      else this.#changed();
    } catch (error) {
      this.#fail(error);
    }
  }

  #end(): void {
    this.#isOver = true;
    this.#giveUpPath();
    this.#releaseAll();
  }

  #giveUpPath(): void {
    if (files.get(this.#options.path) === this) files.delete(this.#options.path);
  }

  #releaseAll(): void {
    for (const response of this.#waiting.keys()) this.#release(response);
  }

  #release(response: ServerResponse): void {
    this.#waiting.get(response)?.resolve(this.#offset);
    this.#waiting.delete(response);
  }

  #fail(error: unknown): void {
    for (const turn of this.#waiting.values()) turn.reject(toError(error));
    this.#waiting.clear();
  }
}

/**
 * Writes the same bytes to many. `response.write` would make the chunk that HTTP wants of them for each anew, of four
 * pieces, which takes a third longer. Whoever takes no more gives false.
 */
function writerOf(bytes: Buffer): (response: ServerResponse) => boolean {
  const chunk = Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, CRLF]);
  return (response) => {
    const { socket, chunkedEncoding } = response;
    // HTTP/1.0 has no chunks; an answer that waits behind another on its connection has no socket yet.
    return socket !== null && chunkedEncoding ? socket.write(chunk) : response.write(bytes);
  };
}

function openIfThere(path: string): number | null {
  try {
    // A named pipe would wait for its writer, and everybody with it.
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (toError(error).code === 'ENOENT') return null;
    throw error;
  }
}
