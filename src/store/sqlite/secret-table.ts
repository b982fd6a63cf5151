import { randomBytes } from 'node:crypto';
import type { SecretStore } from '../../access/job-tokens.ts';
import type { Database } from './database.ts';

/** What only this daemon knows. */
export function secretTable(db: Database): SecretStore {
  return {
    secret(name) {
      const find = () => db.get('SELECT value FROM secrets WHERE name = ?', name)?.value;
      const known = find();
      if (typeof known === 'string') return known;
      return db.transaction(() => {
        db.run(
          'INSERT INTO secrets VALUES (?, ?) ON CONFLICT DO NOTHING',
          name,
          randomBytes(32).toString('hex'),
        );
        return find() as string;
      });
    },
  };
}
