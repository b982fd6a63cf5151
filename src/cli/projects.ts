import { UserError } from '../errors.ts';
import { checkProjectName } from '../projects/names.ts';
import { nudgeDaemon } from '../store/nudge.ts';
import { auditCommand } from './audit.ts';
import { columns } from './table-text.ts';
import { withStore } from './with-store.ts';

/** Clients keep it in 32 bits. */
const GREATEST_ID = 2 ** 31 - 1;

/**
 * Makes a project before its first push, so that its id is known.
 * @param data absolute path of the data folder
 * @param idText the id to have; missing: the next one
 * @returns lines to be printed
 * @throws UserError
 */
export function createProject(data: string, name: string, idText?: string): string[] {
  checkProjectName(name);
  const wanted = idText === undefined ? null : readId(idText);
  const id = withStore(data, (store) => store.createProject(name, wanted));
  auditCommand(data, 'create project', `${name} ${id}`);
  return [`Project "${name}" has the id ${id}.`];
}

/** @throws UserError */
export function listProjects(data: string): string[] {
  const projects = withStore(data, (store) => store.projectEntries());
  if (projects.length === 0) return [];
  return columns([
    ['ID', 'NAME', 'VERSION', 'PENDING', 'STATE'],
    ...projects.map(({ id, name, version, pending, held }) => [
      String(id),
      name,
      version ?? '-',
      String(pending),
      held ? 'held' : 'released',
    ]),
  ]);
}

/**
 * Lets the pending jobs of a project wait, or no longer.
 * @throws UserError
 */
export function holdProject(data: string, name: string, held: boolean): string[] {
  withStore(data, (store) => {
    store.setHeld(name, held);
  });
  nudgeDaemon(data);
  auditCommand(data, held ? 'hold' : 'release', name);
  return [
    held
      ? `Project "${name}" is held: its jobs wait, also those that schedules make. What runs goes on.`
      : `Project "${name}" is released: its jobs start.`,
  ];
}

function readId(text: string): number {
  if (/^\d{1,10}$/.test(text) && Number(text) >= 1 && Number(text) <= GREATEST_ID) return Number(text);
  throw new UserError('invalid', `--id: "${text}" is not a whole number from 1 to ${GREATEST_ID}.`);
}
