import {
  appendFileSync,
  closeSync,
  existsSync,
  fstatSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { toError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Who } from './access.ts';
import type { Change } from './changes.ts';

const ROTATE_BYTES = 10 * 1024 * 1024;
/** How many full files are kept beside the one that is written to. */
const KEPT = 4;
/** A reason may quote what was sent. */
const LONGEST_TEXT = 500;

/** A line of the audit log, as JSON, but for its time. */
export interface AuditEntry extends Change {
  /** `key`, `user`, `anybody`, or `command` for what was done beside the daemon. */
  kind: Who['kind'] | 'command';
  /** Of the key or user; of a command, the system's user. */
  name: string;
  address: string;
  dialect: string;
}

/** An entry that was read. */
export type AuditRecord = AuditEntry & { at: string };

export interface AuditLogOptions {
  /** The data folder. */
  folder: string;
  now: () => number;
  log: Log;
  rotateBytes?: number;
}

/** The file that is written to, as it was left: a command may have written to it since, or have put it aside. */
interface OpenFile {
  descriptor: number;
  ino: number;
  size: number;
}

/**
 * Who did what: JSON lines in `audit.jsonl` of the data folder, and, once that is large, `audit.1.jsonl` and on. Commands
 * write it beside the daemon.
 */
export class AuditLog {
  readonly #options: AuditLogOptions;
  #file: OpenFile | null = null;

  constructor(options: AuditLogOptions) {
    this.#options = options;
  }

  /** Writes a line. What was done was done, so that a fault is only logged. */
  append({ kind, name, address, dialect, action, object, outcome, reason }: AuditEntry): void {
    const { now, log } = this.#options;
    const texts = { address, dialect, action, object: cut(object), outcome };
    const why = reason === undefined ? {} : { reason: cut(reason) };
    const line = JSON.stringify({ at: new Date(now()).toISOString(), kind, name, ...texts, ...why });
    try {
      this.#write(line);
    } catch (error) {
      log.error({ error: toError(error).message }, 'the audit log could not be written');
    }
  }

  #write(line: string): void {
    const { folder, rotateBytes = ROTATE_BYTES } = this.#options;
    const path = fileOf(folder, 0);
    const there = statSync(path, { throwIfNoEntry: false });
    const isFull = there !== undefined && there.size >= rotateBytes;
    let file = this.#file;
    if (file === null || isFull || there?.ino !== file.ino || there.size !== file.size) {
      // Forgotten first: whose number it is after a close that failed, nobody knows.
      this.#file = null;
      if (file !== null) closeSync(file.descriptor);
      if (isFull) rotate(folder);
      this.#file = file = openFile(path);
    }
    // One write to the end of the file: lines of several processes do not mix.
    appendFileSync(file.descriptor, `${line}\n`);
    file.size += Buffer.byteLength(line) + 1;
  }
}

/**
 * The last entries, the oldest of them first. Lines that a crash cut off are left out.
 * @param folder the data folder
 */
export function readAudit(folder: string, limit: number): AuditRecord[] {
  let found: AuditRecord[] = [];
  for (let age = 0; age <= KEPT && found.length < limit; age++) {
    const path = fileOf(folder, age);
    if (existsSync(path)) found = [...readFileSync(path, 'utf8').split('\n').flatMap(parse), ...found];
  }
  return found.slice(Math.max(0, found.length - limit));
}

function rotate(folder: string): void {
  for (let age = KEPT; age > 0; age--) {
    if (existsSync(fileOf(folder, age - 1))) renameSync(fileOf(folder, age - 1), fileOf(folder, age));
  }
}

function openFile(path: string): OpenFile {
  const descriptor = openSync(path, 'a+', 0o600);
  try {
    // A full disk may have cut off the last line.
    if (endsMidLine(descriptor)) appendFileSync(descriptor, '\n');
    const { ino, size } = fstatSync(descriptor);
    return { descriptor, ino, size };
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

function endsMidLine(file: number): boolean {
  const last = Buffer.alloc(1);
  const { size } = fstatSync(file);
  return size > 0 && readSync(file, last, 0, 1, size - 1) === 1 && last.toString() !== '\n';
}

function fileOf(folder: string, age: number): string {
  return join(folder, age === 0 ? 'audit.jsonl' : `audit.${age}.jsonl`);
}

function parse(line: string): AuditRecord[] {
  try {
    return line === '' ? [] : [JSON.parse(line) as AuditRecord];
  } catch {
    return [];
  }
}

function cut(text: string): string {
  return text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT)}…` : text;
}
