import type { StoreView } from '../../../access/store-view.ts';
import { UserError } from '../../../errors.ts';
import { NotAnArchive } from '../../../projects/archive-file.ts';
import type { Version } from '../../../projects/project.ts';
import type { Handler } from './endpoint.ts';
import { heldOf } from '../held.ts';
import { notFound, optional, required, requiredFolder } from './parameters.ts';

/** @throws UserError `not-found` when the project, or a version of it that is asked for, does not exist */
export function requireVersion(store: StoreView, project: string, name: string | null): Version {
  const current = store.currentVersion(project);
  if (current === null) throw notFound('project', project);
  // An empty name asks for none.
  const version = name === null || name === '' ? current : store.namedVersion(project, name);
  if (version === null) throw notFound('version', name ?? '');
  return version;
}

export const addVersion: Handler = async (params, { projects }) => {
  const [project, version] = [requiredFolder(params, 'project'), required(params, 'version')];
  const file = params.file('egg');
  if (file === null) {
    required(params, 'egg');
    throw notAZip();
  }
  try {
    const { spiders } = await projects.push(file.path, { project, version });
    return { project, version, spiders: spiders.length };
  } catch (error) {
    throw error instanceof NotAnArchive ? notAZip() : error;
  }
};

export const listProjects: Handler = (_params, { store }) => {
  const projects = store.currentVersions().map(({ project }) => project);
  return { projects, ...heldOf(store, projects) };
};

export const listVersions: Handler = (params, { store }) => ({
  versions: store.versions(requiredFolder(params, 'project')).map(({ name }) => name),
});

export const listSpiders: Handler = (params, { store }) => {
  const project = required(params, 'project');
  return { spiders: requireVersion(store, project, optional(params, '_version')).spiders };
};

export const deleteVersion: Handler = async (params, { store, projects, jobs }) => {
  const [project, name] = [requiredFolder(params, 'project'), required(params, 'version')];
  if (store.namedVersion(project, name) === null) throw notFound('version', name);
  jobs.canceled(await projects.removeVersion(project, name));
  return {};
};

export const deleteProject: Handler = async (params, { store, projects, jobs }) => {
  const project = requiredFolder(params, 'project');
  if (store.currentVersion(project) === null) throw notFound('project', project);
  jobs.canceled(await projects.remove(project));
  return {};
};

function notAZip(): UserError {
  return new UserError('invalid', 'egg is not a ZIP file (if using curl, use egg=@path not egg=path)');
}
