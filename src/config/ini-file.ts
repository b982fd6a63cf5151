import { parse } from 'ini';
import { toError, UserError } from '../errors.ts';
import { SETTING_NAMES, SETTINGS, type SettingName } from './table.ts';

/** What Scrapy Do serves, as Python classes. */
const IGNORED_SECTION = 'web-modules';

/** An INI file's settings, as text. */
export interface IniFile {
  settings: Map<SettingName, string>;
  /** To be told at the start. */
  notices: string[];
}

/**
 * Reads a Scrapy Do style INI file.
 * @throws UserError that names the file and the section or key that is wrong.
 */
export function readIni(path: string, readFile: (path: string) => string): IniFile {
  const notices: string[] = [];
  const settings = new Map<SettingName, string>();
  for (const [section, content] of Object.entries(parse(contentOf(path, readFile)))) {
    if (typeof content !== 'object' || content === null || Array.isArray(content)) {
      throw fault(path, `"${section}" stands before the first section, such as [scrapy-do]`);
    }
    if (section === IGNORED_SECTION) {
      notices.push(
        `[${section}] in "${path}" is ignored: Orbweaver serves all of Scrapy Do's pages by itself.`,
      );
      continue;
    }
    for (const [key, value] of Object.entries(content as Record<string, unknown>)) {
      settings.set(...readKey(path, section, key, value));
    }
    if (!SECTIONS.has(section)) throw unknownSection(path, section);
  }
  return { settings, notices };
}

function contentOf(path: string, readFile: (path: string) => string): string {
  try {
    // The parser cuts every value without quotes at ";" and "#", which a path may hold: a comment has white space before.
    return readFile(path)
      .replace(/^\uFEFF/, '')
      .replace(/^[^"'\n]*$/gm, (line) => line.replace(/(?<=[^\s\\])[;#]/g, '\\$&'));
  } catch (error) {
    throw new UserError('invalid', `The settings file "${path}" cannot be read: ${reasonOf(error)}.`, {
      cause: error,
    });
  }
}

function readKey(path: string, section: string, key: string, value: unknown): [SettingName, string] {
  if (!SECTIONS.has(section)) throw unknownSection(path, section);
  // Python's configparser takes keys in either case.
  const name = NAMES.get(`${section}/${key.toLowerCase()}`);
  if (name === undefined) {
    const known = SETTING_NAMES.map((each) => SETTINGS[each].ini).filter((ini) => ini?.[0] === section);
    throw fault(
      path,
      `"${key}" in [${section}] is no setting; there are ${known.map((ini) => ini?.[1]).join(', ')}`,
    );
  }
  if (typeof value === 'object' && value !== null)
    throw fault(path, `"${key}" in [${section}] must be one line of text`);
  // The parser makes words such as `true` of some values, and of a key without `=`.
  return [name, String(value).trim()];
}

const SECTIONS = new Set<string>(SETTING_NAMES.flatMap((name) => SETTINGS[name].ini?.[0] ?? []));
const NAMES = new Map<string, SettingName>(
  SETTING_NAMES.map((name) => [SETTINGS[name].ini?.join('/') ?? '', name]),
);

function unknownSection(path: string, section: string): UserError {
  return fault(
    path,
    `[${section}] is no section; there are ${[...SECTIONS].map((each) => `[${each}]`).join(', ')}`,
  );
}

function fault(path: string, what: string): UserError {
  return new UserError('invalid', `The settings file "${path}" is wrong: ${what}.`);
}

const REASONS: Record<string, string> = {
  ENOENT: 'there is no such file',
  EACCES: 'permission denied',
  EISDIR: 'it is a folder',
};

/** Why a file could not be read, in words. */
export function reasonOf(thrown: unknown): string {
  const error = toError(thrown);
  return REASONS[error.code ?? ''] ?? error.message;
}
