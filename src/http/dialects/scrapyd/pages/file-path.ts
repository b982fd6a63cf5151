/** The two trees of what runs leave. */
export type Tree = 'logs' | 'items';

/** How the files of each tree end. */
export const ENDINGS: Record<Tree, string> = { logs: '.log', items: '.jl' };

/** What a path under `/logs` or `/items` names: decoded segments, and whether a slash ends it. */
export interface FilePath {
  tree: Tree;
  /** Project, spider, file; as many as there are. */
  names: string[];
  isFolder: boolean;
}

/** Reads a path as it came, not decoded; null when it is none of these, or cannot be decoded. */
export function readFilePath(path: string): FilePath | null {
  const match = /^\/(logs|items)(?:\/(.*))?$/.exec(path);
  if (match === null) return null;
  const [, tree, rest] = match as unknown as [string, Tree, string | undefined];
  if (rest === undefined) return { tree, names: [], isFolder: false };
  try {
    // Decoded one by one: a slash in a name is part of it.
    const segments = rest.split('/').map((segment) => decodeURIComponent(segment));
    const isFolder = segments.at(-1) === '';
    return { tree, names: isFolder ? segments.slice(0, -1) : segments, isFolder };
  } catch {
    return null;
  }
}

/** Whether a path belongs to the storage of Scrapy Cloud, whose names are numbers. */
export function isStoragePath({ names, isFolder }: FilePath): boolean {
  return !isFolder && names.length > 0 && names.every((name) => /^\d+$/.test(name));
}

/** A name as one segment of a link: neither a slash, a scheme nor a dot segment comes of it. */
export function segment(name: string): string {
  if (name === '.' || name === '..') return name.replaceAll('.', '%2E');
  // Python's quote(), whose links clients know, leaves fewer characters alone.
  return encodeURIComponent(name.toWellFormed()).replace(/[!'()*]/g, percentEncoded);
}

/** `/logs/project/spider/`, encoded. */
export function folderUrl(tree: Tree, names: readonly string[]): string {
  return `/${[tree, ...names.map(segment), ''].join('/')}`;
}

/** `/logs/project/spider/job.log`, encoded. */
export function fileUrl(tree: Tree, job: { project: string; spider: string; jobid: string }): string {
  return folderUrl(tree, [job.project, job.spider]) + segment(job.jobid + ENDINGS[tree]);
}

function percentEncoded(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}
