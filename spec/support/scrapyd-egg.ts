import { readdirSync, readFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { zip } from './zip.ts';

const PROJECTS = join(import.meta.dirname, '../fixtures/projects');

/**
 * One of the projects in spec/fixtures/projects as an egg.
 * @param settings its settings module; null leaves the entry point out
 */
export function eggOf(project: string, settings: string | null = `${project}.settings`): Buffer {
  return eggOfFolder(join(PROJECTS, project), settings);
}

/** A project's folder as an egg: the package of the same name beside the description that setuptools writes. */
export function eggOfFolder(root: string, settings: string | null): Buffer {
  const project = basename(root);
  const modules = readdirSync(join(root, project), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.py'))
    .map((entry) => join(entry.parentPath, entry.name));
  const entryPoints = settings === null ? '' : `[scrapy]\nsettings = ${settings}\n`;
  return zip([
    { name: 'EGG-INFO/PKG-INFO', content: `Metadata-Version: 2.1\nName: ${project}\nVersion: 1.0\n` },
    { name: 'EGG-INFO/entry_points.txt', content: entryPoints },
    { name: 'EGG-INFO/zip-safe', content: '\n' },
    ...modules.map((path) => ({ name: relative(root, path), content: readFileSync(path) })),
  ]);
}
