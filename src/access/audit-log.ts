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

/**
 * Who did what: JSON lines in `audit.jsonl` of the data folder, and, once that is large, `audit.1.jsonl` and on. Commands
 * write it beside the daemon.
 */
export class AuditLog {
  readonly #options: AuditLogOptions;

  constructor(options: AuditLogOptions) {
    this.#options = options;
  }

  /** Writes a line. What was done was done, so that a fault is only logged. */
  append({ kind, name, address, dialect, action, object, outcome, reason }: AuditEntry): void {
    const { folder, now, log, rotateBytes = ROTATE_BYTES } = this.#options;
    const texts = { address, dialect, action, object: cut(object), outcome };
    const why = reason === undefined ? {} : { reason: cut(reason) };
    const line = JSON.stringify({ at: new Date(now()).toISOString(), kind, name, ...texts, ...why });
    try {
      rotate(folder, rotateBytes);
      appendLine(fileOf(folder, 0), line);
    } catch (error) {
      log.error({ error: toError(error).message }, 'the audit log could not be written');
    }
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

function rotate(folder: string, rotateBytes: number): void {
  const { size = 0 } = statSync(fileOf(folder, 0), { throwIfNoEntry: false }) ?? {};
  if (size < rotateBytes) return;
  for (let age = KEPT; age > 0; age--) {
    if (existsSync(fileOf(folder, age - 1))) renameSync(fileOf(folder, age - 1), fileOf(folder, age));
  }
}

function appendLine(path: string, line: string): void {
  const file = openSync(path, 'a+', 0o600);
  try {
    // A full disk may have cut off the line before.
    const start = endsMidLine(file) ? '\n' : '';
    // One write to the end of the file: lines of several processes do not mix.
    appendFileSync(file, `${start}${line}\n`);
  } finally {
    closeSync(file);
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
