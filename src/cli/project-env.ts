import { UserError } from '../errors.ts';
import { checkProjectName, checkSpiderName } from '../projects/names.ts';
import type { ProjectStore } from '../projects/project.ts';
import { MASK } from '../projects/variables.ts';
import { auditCommand } from './audit.ts';
import { readChanges, type Changes, type Input } from './variable-changes.ts';
import { checkFolder, withStore } from './with-store.ts';

/** Whose variables are meant, and how. */
export interface ProjectEnvOptions {
  project: string;
  /** The one spider whose runs get them; null: those of all spiders. */
  spider: string | null;
  /** What is set is never shown again. */
  secret: boolean;
  /** What `KEY=-` is read from. */
  input: Input;
}

/**
 * Changes the variables that runs of a project, or of one spider of it, get, or shows them if there is nothing to change.
 * @param data absolute path of the data folder
 * @param pairs `KEY=VALUE`, or `KEY=` to remove one
 * @returns lines to be printed
 * @throws UserError
 */
export async function projectEnv(
  data: string,
  options: ProjectEnvOptions,
  pairs: readonly string[],
): Promise<string[]> {
  const { project, spider, secret, input } = options;
  checkProjectName(project);
  if (spider !== null) checkSpiderName(spider);
  if (secret && pairs.length === 0) {
    throw new UserError(
      'invalid',
      '"--secret" says how to set a variable: give a KEY=VALUE, or KEY=- and stdin.',
    );
  }
  checkFolder(data);
  const changes = await readChanges(pairs, secret, input);
  return withStore(data, (store) => {
    if (pairs.length === 0) return show(store, options);
    store.setVariables(project, changes, { spider, secret });
    const whose = spider === null ? project : `${project}/${spider}`;
    auditCommand(data, 'set variables', `${whose} ${Object.keys(changes).join(' ')}`);
    return confirm(store, options, changes);
  });
}

function show(store: ProjectStore, options: ProjectEnvOptions): string[] {
  const { project, spider } = options;
  const variables = store.variables(project);
  const own = variables.filter((variable) => variable.spider === spider);
  const spiders = spider === null ? new Set(variables.flatMap((variable) => variable.spider ?? [])) : [];
  const lines = [
    ...own.map(({ name, value, secret }) => `${name}=${secret ? MASK : value}`),
    ...[...spiders].map((each) => `# Spider "${each}" has variables of its own; --spider shows them.`),
  ];
  const missing = missingOf(store, options);
  if (lines.length === 0 && missing !== null) {
    throw new UserError('not-found', `There is no ${missing}, and no variables are set for it.`);
  }
  return lines;
}

/** Without the values: they may be secrets, and output is kept in logs. */
function confirm(store: ProjectStore, options: ProjectEnvOptions, changes: Changes): string[] {
  const { project, spider } = options;
  const secrets = store
    .variables(project)
    .filter((variable) => variable.spider === spider && variable.secret);
  const done = Object.entries(changes).map(([name, value]) => {
    if (value === null) return `removed ${name}`;
    return `set ${name}${secrets.some((secret) => secret.name === name) ? ' (secret)' : ''}`;
  });
  const whose = spider === null ? `Project "${project}"` : `Spider "${spider}" of project "${project}"`;
  const missing = missingOf(store, options);
  return [
    `${whose}: ${done.join(', ')}. It holds from the next run that starts.`,
    ...(missing === null ? [] : [`There is no ${missing} yet.`]),
  ];
}

/** The project or spider that is not there, in words; null if both are. */
function missingOf(store: ProjectStore, { project, spider }: ProjectEnvOptions): string | null {
  const version = store.currentVersion(project);
  if (version === null) return `project "${project}"`;
  if (spider === null || version.spiders.includes(spider)) return null;
  return `spider "${spider}" in project "${project}"`;
}
