import { userInfo } from 'node:os';
import { AuditLog, readAudit, type AuditRecord } from '../access/audit-log.ts';
import { UserError } from '../errors.ts';
import { columns } from './table-text.ts';
import { checkFolder } from './with-store.ts';

/** Records what a command has done beside the daemon. A fault is told; what was done stays. */
export function auditCommand(data: string, action: string, object: string): void {
  const tell = (_details: object, message: string) => process.stderr.write(`${message}\n`);
  const log = { info: tell, warn: tell, error: tell };
  new AuditLog({ folder: data, now: Date.now, log }).append({
    ...{ kind: 'command', name: userName(), address: '', dialect: '' },
    ...{ action, object, outcome: 'done' },
  });
}

/**
 * What was changed last, and who was kept from changing something; the oldest first.
 * @param data absolute path of the data folder
 * @param limitText how many at most
 * @returns lines to be printed: JSON, or columns for people
 * @throws UserError
 */
export function showAudit(data: string, limitText: string, isJson: boolean): string[] {
  checkFolder(data);
  if (!/^[1-9]\d{0,8}$/.test(limitText)) {
    throw new UserError('invalid', `--limit: "${limitText}" is not a whole number, 1 or more.`);
  }
  const records = readAudit(data, Number(limitText));
  if (isJson) return records.map((record) => JSON.stringify(record));
  return records.length === 0 ? [] : columns([HEADS, ...records.map(toRow)]);
}

const HEADS = ['TIME', 'WHO', 'FROM', 'DIALECT', 'ACTION', 'OBJECT', 'OUTCOME'];

function toRow({ at, kind, name, address, dialect, action, object, outcome, reason }: AuditRecord): string[] {
  const who = name === '' ? kind : `${kind} ${name}`;
  const end = reason === undefined ? outcome : `${outcome}: ${reason}`;
  return [at, who, address || '-', dialect || '-', action, object || '-', end];
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // One without an entry in the system's list, as in containers.
    return String(process.getuid?.() ?? '');
  }
}
