import type { ProjectStore } from '../../projects/project.ts';
import type { Database, Row } from './database.ts';

/** Stands for all spiders of a project; no spider has this name. */
const ALL = '';

/** What people set for the runs of a project and its spiders. */
export function projectVariables(db: Database): Pick<ProjectStore, 'variables' | 'setVariables'> {
  return {
    variables: (project) =>
      db
        .all('SELECT * FROM variables WHERE project = ? ORDER BY spider, name', project)
        .map(({ name, value, spider, secret }: Row) => ({
          name: name as string,
          value: value as string,
          spider: spider === ALL ? null : (spider as string),
          secret: secret === 1,
        })),

    setVariables(project, changes, { spider = null, secret = false } = {}) {
      db.transaction(() => {
        for (const [name, value] of Object.entries(changes)) {
          if (value === null) remove(db, [project, spider ?? ALL, name]);
          else set(db, [project, spider ?? ALL, name], value, secret);
        }
      });
    },
  };
}

type Key = [project: string, spider: string, name: string];

function remove(db: Database, key: Key): void {
  db.run('DELETE FROM variables WHERE project = ? AND spider = ? AND name = ?', ...key);
}

function set(db: Database, [project, spider, name]: Key, value: string, secret: boolean): void {
  if (secret) db.run('UPDATE variables SET secret = 1 WHERE project = ? AND name = ?', project, name);
  const known = db.get(
    'SELECT max(secret) AS secret FROM variables WHERE project = ? AND name = ?',
    project,
    name,
  );
  const isSecret = secret || known?.secret === 1;
  db.run(
    'INSERT OR REPLACE INTO variables VALUES (?, ?, ?, ?, ?)',
    project,
    spider,
    name,
    value,
    Number(isSecret),
  );
}
