import { UserError } from '../../errors.ts';
import type { ProjectEntry, ProjectStore } from '../../projects/project.ts';
import type { Database, Row } from './database.ts';

type ProjectEntries = Pick<ProjectStore, 'projectEntries' | 'createProject' | 'setHeld'>;

/** The rows of projects themselves, pushed or not. */
export function projectEntries(db: Database): ProjectEntries {
  const find = (condition: string, value: string | number) =>
    db.get(`SELECT id, name FROM projects WHERE ${condition} = ?`, value);

  return {
    projectEntries: () =>
      db
        .all(
          `SELECT p.id, p.name, p.held, v.name AS version,
             (SELECT count(*) FROM jobs WHERE project_id = p.id AND state = 'PENDING') AS pending
           FROM projects p LEFT JOIN versions v ON v.id = p.current_version ORDER BY p.name`,
        )
        .map(toEntry),

    createProject: (name, id) =>
      db.transaction(() => {
        const same = find('name', name);
        if (same !== null) {
          throw new UserError(
            'conflict',
            `Project "${name}" is there already: its id is ${String(same.id)}.`,
          );
        }
        const taken = id === null ? null : find('id', id);
        if (taken !== null) {
          throw new UserError(
            'conflict',
            `The id "${String(id)}" is that of project "${String(taken.name)}".`,
          );
        }
        return db.get('INSERT INTO projects (id, name) VALUES (?, ?) RETURNING id', id, name)?.id as number;
      }),

    setHeld(name, held) {
      const changed = db.transaction(() =>
        db.run('UPDATE projects SET held = ? WHERE name = ?', Number(held), name),
      );
      if (changed === 0) throw new UserError('not-found', `There is no project "${name}".`);
    },
  };
}

function toEntry(row: Row): ProjectEntry {
  return {
    id: row.id as number,
    name: row.name as string,
    version: row.version as string | null,
    held: row.held !== 0,
    pending: row.pending as number,
  };
}
