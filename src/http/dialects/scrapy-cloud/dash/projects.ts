import type { CoreView } from '../../../../access/core-view.ts';
import { UserError } from '../../../../errors.ts';
import type { Json } from '../../../../json-text.ts';
import type { ProjectEntry, SpiderEntry } from '../../../../projects/project.ts';
import { accessOf } from '../../../auth/access-of.ts';
import { projectOf } from '../project-of.ts';
import type { Handler } from './endpoint.ts';
import { required } from './parameters.ts';
import { spidersOf } from './spiders.ts';

/** `scrapyd/listprojects.json`: ids, which clients compare with numbers. */
export const listProjects: Handler = ({ core }) => {
  const projects = core.store.projectEntries();
  const held = projects.filter((project) => project.held);
  return {
    projects: projects.map(({ id }) => id),
    ...(held.length > 0 ? { held: held.map(({ id }) => id) } : {}),
  };
};

/** `spiders/list.json`: all, or those of the names asked for. */
export const listSpiders: Handler = ({ params, core }) => {
  const project = projectOf(core, required(params, 'project'));
  const asked = params.allOfOnePlace('spider').filter((name) => name !== '');
  const spiders = spidersOf(core.store, project, null) ?? [];
  const wanted = spiders.filter(({ name }) => asked.length === 0 || asked.includes(name));
  return {
    spiders: wanted.map(({ name, tags }) => ({
      ...{ id: name, tags: [...tags], type: 'manual' },
      version: project.version,
    })),
  };
};

/** `v2/users/me`: clients only want to know whether they are somebody. */
export const me: Handler = ({ req }) => ({ username: accessOf(req).who.name });

/**
 * A spider by the ids in a path.
 * @throws UserError `invalid`, `not-found`
 */
export function spiderAt(
  core: CoreView,
  ids: { project: string; spider: string },
): { project: ProjectEntry; spider: SpiderEntry } {
  const project = projectOf(core, ids.project);
  const spider = core.store.spiderEntries(project.name).find(({ number }) => String(number) === ids.spider);
  if (spider !== undefined) return { project, spider };
  throw new UserError('not-found', `Project ${project.id} has no spider "${ids.spider}".`);
}

/** A spider as `v2` shows it. */
export function spiderJson(
  { version }: ProjectEntry,
  { number, name, tags }: SpiderEntry,
): Record<string, Json> {
  return { id: number, name, tags: [...tags], type: 'manual', version };
}
