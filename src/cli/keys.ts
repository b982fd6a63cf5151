import { generateKey, hashKey, type Key } from '../access/key.ts';
import { verifyPassword } from '../access/password-hash.ts';
import { UserError } from '../errors.ts';
import { checkProjectName } from '../projects/names.ts';
import { auditCommand } from './audit.ts';
import { columns, minute } from './table-text.ts';
import { withStore } from './with-store.ts';

const LONGEST_NAME = 100;
/** Shorter ones are guessed. */
const SHORTEST_VALUE = 16;
/** It has to stand in headers and addresses. */
const LONGEST_VALUE = 200;

/** A key to be made. */
export interface NewKey {
  name: string;
  /** Chosen by the person; missing: one is made. */
  value?: string;
  readOnly: boolean;
  /** Projects that it opens; none: all. */
  projects: readonly string[];
}

/** What a command says: the answer itself, and what a person should know beside it. */
export interface Said {
  lines: string[];
  notes: string[];
}

/**
 * Makes a key. Its value is the answer, and is told this once.
 * @param data absolute path of the data folder
 * @throws UserError
 */
export async function createKey(data: string, asked: NewKey, now: number): Promise<Said> {
  const { name, readOnly } = asked;
  checkKeyName(name);
  asked.projects.forEach(checkProjectName);
  const value = asked.value ?? generateKey();
  checkValue(value);
  const projects = asked.projects.length === 0 ? null : [...new Set(asked.projects)].sort();
  await checkNew(data, value);
  const hash = await hashKey(value);
  const isFirst = withStore(data, (store) => {
    const isFirst = store.keys().length === 0;
    store.addKey({ name, hash, readOnly, projects, createdAt: now, lastUsedAt: null });
    return isFirst;
  });
  auditCommand(data, 'create key', `${name}: ${inWords({ readOnly, projects })}`);
  return {
    lines: [value],
    notes: [
      `Key "${name}" is made and works at once: ${inWords({ readOnly, projects })}. It is not shown again.`,
      ...(isFirst ? DOOR_CLOSED : []),
    ],
  };
}

/** @throws UserError */
export function listKeys(data: string): string[] {
  const keys = withStore(data, (store) => store.keys());
  if (keys.length === 0) return [];
  return columns([
    ['NAME', 'MAY', 'PROJECTS', 'CREATED', 'LAST USED'],
    ...keys.map((key) => [
      key.name,
      key.readOnly ? 'read' : 'change',
      key.projects === null ? '(all)' : key.projects.join(' '),
      minute(key.createdAt),
      minute(key.lastUsedAt),
    ]),
  ]);
}

/** @throws UserError */
export function revokeKey(data: string, name: string): Said {
  const isLast = withStore(data, (store) => {
    store.removeKey(name);
    return store.keys().length === 0;
  });
  auditCommand(data, 'revoke key', name);
  return {
    lines: [`Key "${name}" is revoked: it opens nothing any more.`],
    notes: isLast ? DOOR_OPEN : [],
  };
}

const DOOR_CLOSED = [
  '',
  'THIS IS THE FIRST KEY: FROM NOW ON NOBODY GETS IN WITHOUT ONE (or without a user of the settings).',
  'Scripts that have worked without a key until now get "401 Unauthorized". For each of them, make one:',
  '  npx orbweaver key create --name SCRIPT [--read-only] [--project P]',
  'and give it as user name with an empty password (curl -u KEY:), as "Authorization: Bearer KEY", or as ?apikey=KEY.',
  'A script that cannot be changed keeps the key that it sends already: --value KEY.',
];

const DOOR_OPEN = [
  '',
  'THAT WAS THE LAST KEY: unless the settings name users, everybody on this machine gets in without one.',
  'A daemon that other machines can reach lets nobody in, and does not start again without a key.',
];

function inWords({ readOnly, projects }: Pick<Key, 'readOnly' | 'projects'>): string {
  const may = readOnly ? 'it may read' : 'it may read and change';
  return projects === null ? `${may} everything` : `${may} ${projects.map((each) => `"${each}"`).join(', ')}`;
}

function checkKeyName(name: string): void {
  if (name !== '' && name.length <= LONGEST_NAME && !/\p{Cc}/u.test(name)) return;
  throw new UserError(
    'invalid',
    `"${name.slice(0, LONGEST_NAME)}" cannot be the name of a key: use 1 to ${LONGEST_NAME} characters, none of them a control character.`,
  );
}

/** Chosen ones have hashes that differ each time, so that the store cannot tell. */
async function checkNew(data: string, value: string): Promise<void> {
  for (const { name, hash } of withStore(data, (store) => store.keys())) {
    if (await verifyPassword(value, hash)) {
      throw new UserError('conflict', `The key "${name}" has the same value: choose another.`);
    }
  }
}

/** Its own text is a secret, which is not quoted. */
function checkValue(value: string): void {
  if (value.length < SHORTEST_VALUE || value.length > LONGEST_VALUE) {
    throw new UserError(
      'invalid',
      `A key has ${SHORTEST_VALUE} to ${LONGEST_VALUE} characters, and this value ${value.length}: choose another, or leave out --value.`,
    );
  }
  if (!/^[!-9;-~]+$/.test(value)) {
    throw new UserError(
      'invalid',
      'A key consists of ASCII characters without white space and colons: choose another value, or leave out --value.',
    );
  }
}
