import type { Key, KeyStore } from '../../access/key.ts';
import { UserError } from '../../errors.ts';
import type { Database, Row } from './database.ts';

/** Keys. Each request asks for them: they are read anew only after this or another process has changed the file. */
export function keyTable(db: Database): KeyStore {
  let known: readonly Key[] | null = null;
  let knownVersion: unknown;

  return {
    keys() {
      // Counts the commits of other connections.
      const version = db.get('PRAGMA data_version')?.data_version;
      if (known === null || version !== knownVersion) {
        known = db.all('SELECT * FROM keys ORDER BY name').map(toKey);
        knownVersion = version;
      }
      return known;
    },

    addKey({ name, hash, readOnly, projects, createdAt, lastUsedAt }) {
      db.transaction(() => {
        const taken = db.get('SELECT name FROM keys WHERE name = ? OR hash = ?', name, hash);
        if (taken !== null) throw refusal(name, taken.name as string);
        db.run(
          'INSERT INTO keys VALUES (?, ?, ?, ?, ?, ?)',
          ...[name, hash, Number(readOnly)],
          ...[projects === null ? null : JSON.stringify(projects), createdAt, lastUsedAt],
        );
      });
      known = null;
    },

    removeKey(name) {
      const removed = db.transaction(() => db.run('DELETE FROM keys WHERE name = ?', name));
      known = null;
      if (removed === 0) throw new UserError('not-found', `There is no key "${name}".`);
    },

    setKeyUsed(name, at) {
      db.transaction(() => db.run('UPDATE keys SET last_used_at = ? WHERE name = ?', at, name));
      known = null;
    },
  };
}

function refusal(name: string, taken: string): UserError {
  return new UserError(
    'conflict',
    name === taken
      ? `There is a key "${name}" already: choose another name, or revoke it first.`
      : `The key "${taken}" has the same value: choose another.`,
  );
}

function toKey(row: Row): Key {
  return {
    name: row.name as string,
    hash: row.hash as string,
    readOnly: row.read_only !== 0,
    projects: row.projects === null ? null : (JSON.parse(row.projects as string) as string[]),
    createdAt: row.created_at as number,
    lastUsedAt: row.last_used_at as number | null,
  };
}
