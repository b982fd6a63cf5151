import { parse } from 'ini';
import { toError, UserError } from '../errors.ts';
import type { Setting } from './setting.ts';
import { SETTING_NAMES, SETTINGS, type SettingName } from './table.ts';

/** Sections that are no settings of ours, and why nothing is missing without them. */
const IGNORED: readonly (readonly [section: RegExp, why: string])[] = [
  [/^web-modules$/, "Orbweaver serves all of Scrapy Do's pages by itself"],
  [/^services$/, "Orbweaver serves all of scrapyd's endpoints by itself"],
  [/^settings$/, 'only projects that were pushed can run, each with the settings module it names'],
  [/^environment\b/, 'the variables that spiders get are set by "pass-env", by project or by job'],
  [/^deploy\b/, 'it is for the clients that push projects'],
];

/** An INI file's settings, as text. */
export interface IniFile {
  /** Absolute. */
  path: string;
  settings: Map<SettingName, string>;
  /** Those keys of `[scrapyd]` that have a counterpart. */
  scrapyd: Map<string, string>;
  /** To be told at the start. */
  notices: string[];
}

/**
 * Reads an INI file as Scrapy Do or scrapyd has it.
 * @throws UserError that names the file and the section or key that is wrong.
 */
export function readIni(path: string, readFile: (path: string) => string): IniFile {
  const file: IniFile = { path, settings: new Map(), scrapyd: new Map(), notices: [] };
  for (const [section, content] of Object.entries(parse(contentOf(path, readFile)))) {
    if (typeof content !== 'object' || content === null || Array.isArray(content)) {
      throw fault(path, `"${section}" stands before the first section, such as [scrapy-do]`);
    }
    const why = IGNORED.find(([ignored]) => ignored.test(section))?.[1];
    if (why !== undefined) {
      file.notices.push(`[${section}] in "${path}" is ignored: ${why}.`);
      continue;
    }
    const keys = Object.entries(content as Record<string, unknown>);
    if (section === SCRAPYD) readScrapyd(file, keys);
    else for (const [key, value] of keys) file.settings.set(...readKey(path, section, key, value));
    if (!SECTIONS.has(section)) throw unknownSection(path, section);
  }
  return file;
}

function contentOf(path: string, readFile: (path: string) => string): string {
  try {
    let section = '';
    // The parser cuts every value without quotes at ";" and "#", which a path may hold: a comment has white space before.
    // It knows no "key: value" either, as Python's configparser does.
    return readFile(path)
      .replace(/^\uFEFF/, '')
      .replace(/^([^\s=:;#[][^=:\n]*):/gm, '$1=')
      .replace(/^.*$/gm, (line) => {
        section = /^\[([^\]]*)\]\s*$/.exec(line)?.[1] ?? section;
        if (section === SCRAPYD) return line.replace(/(?<=^[^=;#]+=).*/, asIs);
        return /=\s*("[^"]*"|'[^']*')\s*$/.test(line) ? line : line.replace(/(?<=[^\s\\])[;#]/g, '\\$&');
      });
  } catch (error) {
    throw new UserError('invalid', `The settings file "${path}" cannot be read: ${reasonOf(error)}.`, {
      cause: error,
    });
  }
}

/** scrapyd's configparser knows no quotes and escapes, and no comments behind a value: a password may hold all of these. */
function asIs(value: string): string {
  return JSON.stringify(value.trim());
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
  return [name, readText(path, section, key, value)];
}

/** A key without a counterpart is no fault: a scrapyd's file is to do as it is. */
function readScrapyd({ path, scrapyd, notices }: IniFile, keys: readonly [string, unknown][]): void {
  const ignored: string[] = [];
  for (const [key, value] of keys) {
    if (!SCRAPYD_KEYS.has(key.toLowerCase())) {
      if (value !== '') ignored.push(key);
      continue;
    }
    const text = readText(path, SCRAPYD, key, value);
    if (/%\(.*\)s/.test(text.replaceAll('%%', ''))) {
      throw fault(path, `"${key}" in [${SCRAPYD}] refers to another key by "%(…)s": write its value out`);
    }
    // A percent sign, as configparser has it.
    scrapyd.set(key.toLowerCase(), text.replaceAll('%%', '%'));
  }
  if (ignored.length > 0) {
    notices.push(`Ignored of [${SCRAPYD}] in "${path}", for want of a counterpart: ${ignored.join(', ')}.`);
  }
}

function readText(path: string, section: string, key: string, value: unknown): string {
  if (typeof value === 'object' && value !== null)
    throw fault(path, `"${key}" in [${section}] must be one line of text`);
  // The parser makes words such as `true` of some values, and of a key without `=`.
  return String(value).trim();
}

const SCRAPYD = 'scrapyd';
const SCRAPYD_KEYS = new Set<string>(
  SETTING_NAMES.flatMap((name) => {
    const { scrapyd }: Setting = SETTINGS[name];
    return Object.keys(scrapyd?.keys ?? {});
  }),
);
const SECTIONS = new Set<string>([
  ...SETTING_NAMES.flatMap((name) => SETTINGS[name].ini?.[0] ?? []),
  SCRAPYD,
]);
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
