import { UserError } from '../../errors.ts';
import type { ProjectEntry, ProjectStore } from '../../projects/project.ts';
import type { Database, Row } from './database.ts';
import { anySpider } from './spider-numbers.ts';

type ProjectEntries = Pick<
  ProjectStore,
  | 'projectEntries'
  | 'projectById'
  | 'createProject'
  | 'setHeld'
  | 'spiderEntries'
  | 'numberSpider'
  | 'setSpiderTags'
>;

const ENTRIES = `SELECT p.id, p.name, p.held, v.name AS version,
    (SELECT count(*) FROM jobs WHERE project_id = p.id AND state = 'PENDING') AS pending
  FROM projects p LEFT JOIN versions v ON v.id = p.current_version`;

/** The rows of projects themselves, pushed or not. */
export function projectEntries(db: Database): ProjectEntries {
  const find = (condition: string, value: string | number) =>
    db.get(`SELECT id, name FROM projects WHERE ${condition} = ?`, value);

  return {
    projectEntries: () => db.all(`${ENTRIES} ORDER BY p.name`).map(toEntry),

    projectById(id) {
      const row = db.get(`${ENTRIES} WHERE p.id = ?`, id);
      return row === null ? null : toEntry(row);
    },

    spiderEntries: (project) =>
      db
        .all(
          `SELECT s.number, s.name, s.tags FROM spiders s JOIN projects p ON p.id = s.project_id
           WHERE p.name = ? ORDER BY s.number`,
          project,
        )
        .map((row) => ({
          number: row.number as number,
          name: row.name as string,
          tags: JSON.parse(row.tags as string) as string[],
        })),

    numberSpider: (project, spider) =>
      find('name', project) === null ? null : db.transaction(() => anySpider(db, { project, spider }).number),

    setSpiderTags(project, spider, tags) {
      db.transaction(() =>
        db.run(
          'UPDATE spiders SET tags = ? WHERE name = ? AND project_id = (SELECT id FROM projects WHERE name = ?)',
          JSON.stringify(tags),
          spider,
          project,
        ),
      );
    },

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
