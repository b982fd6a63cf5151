import { dirname, join, resolve } from 'node:path';
import { UserError } from '../errors.ts';
import type { IniFile } from './ini-file.ts';
import type { ScrapydCounterpart, Setting } from './setting.ts';
import { SETTING_NAMES, SETTINGS, variableOf, type SettingName } from './table.ts';

/** What the command line said, by setting; the values of a repeated flag are separated by spaces. */
export type Flags = Partial<Record<SettingName, string>>;

/** Where settings come from. */
export interface SettingSources {
  flags: Flags;
  env: Readonly<Record<string, string | undefined>>;
  /** Throws as `fs.readFileSync` does. */
  readFile: (path: string) => string;
  /** Absolute; what relative paths in flags and variables start from. Those in the INI file start from its folder. */
  cwd: string;
  /** Absolute; the folder that holds the default data folder. */
  home: string;
  /** CPU cores. */
  cores: number;
  /** The machine's name. */
  hostName: string;
}

/** A setting's text, and who said so. */
export interface Said {
  text: string;
  /** `--data`, `ORBWEAVER_DATA`, or key, section and file. */
  where: string;
  /** What a relative path in it starts from. */
  base: string;
  /** The person's, for `~/`. */
  homeFolder: string | undefined;
  isDefault: boolean;
}

/**
 * Who says first: the flag, the variable, scrapyd's variable, the INI file, its section `[scrapyd]`, the default. An
 * empty variable or key says nothing.
 */
export function said(name: SettingName, sources: SettingSources, ini?: IniFile): Said | undefined {
  const { flags, env, cwd } = sources;
  const setting: Setting = SETTINGS[name];
  const common = { base: cwd, homeFolder: env.HOME, isDefault: false };

  const flag = flags[name];
  if (flag !== undefined) return { ...common, text: flag, where: `--${name}` };
  const variable = env[variableOf(name)];
  if (variable !== undefined && variable !== '')
    return { ...common, text: variable, where: variableOf(name) };
  const scrapyd = setting.scrapyd === undefined ? undefined : saidToScrapyd(setting.scrapyd, sources, ini);
  if (scrapyd?.isByVariable === true) return { ...common, ...scrapyd };
  const key = ini?.settings.get(name);
  if (ini !== undefined && setting.ini !== null && key !== undefined && key !== '')
    return { ...common, text: key, ...placeIn(ini, ...setting.ini) };
  if (scrapyd !== undefined) return { ...common, ...scrapyd };
  if (setting.default === null) return undefined;
  return { ...common, text: setting.default, where: `the default of "${name}"`, isDefault: true };
}

/** What scrapyd's variables and keys say, each key by itself. */
function saidToScrapyd(
  { keys, toText = ([text = '']) => text }: ScrapydCounterpart,
  { env, cwd, cores }: SettingSources,
  ini?: IniFile,
) {
  const parts = Object.entries(keys).map(([key, variable]) => {
    const text = variable === null ? '' : (env[variable] ?? '');
    if (variable !== null && text !== '') return { text, where: variable, base: cwd, isByVariable: true };
    const place = ini === undefined ? { where: '', base: '' } : placeIn(ini, 'scrapyd', key);
    return { text: ini?.scrapyd.get(key) ?? '', ...place, isByVariable: false };
  });
  const speaking = parts.filter(({ text }) => text !== '');
  const [first] = speaking;
  if (first === undefined) return undefined;
  const text = toText(
    parts.map((part) => part.text),
    cores,
  );
  if (text === '') return undefined;
  const isByVariable = speaking.some((part) => part.isByVariable);
  return { text, where: speaking.map(({ where }) => where).join(' and '), base: first.base, isByVariable };
}

function placeIn({ path }: IniFile, section: string, key: string) {
  return { where: `"${key}" in [${section}] of "${path}"`, base: dirname(path) };
}

/**
 * The value of what was said.
 * @throws UserError `invalid` that names who said it, what, and what would be right.
 */
export function readSaid(name: SettingName, { text, where, base, homeFolder }: Said): unknown {
  const setting: Setting = SETTINGS[name];
  const { success, data, error } = setting.schema.safeParse(text);
  if (!success) {
    const issue = error.issues[0];
    const params = issue?.code === 'custom' ? issue.params : undefined;
    const wrong = typeof params?.item === 'string' ? params.item : text;
    // A name with a colon is likely to have the password behind it.
    const shown = setting.isSecret === true ? 'its text' : `"${wrong}"`;
    throw new UserError('invalid', `${where}: ${shown} is not ${issue?.message ?? 'right'}.`);
  }
  const isPath = setting.isPath === 'command' ? text.includes('/') : setting.isPath === true;
  if (!isPath || typeof data !== 'string') return data;
  // A shell does not expand it in `--data=~/spiders`, and nobody wants a folder of that name.
  return data.startsWith('~/') && homeFolder !== undefined
    ? join(homeFolder, data.slice(2))
    : resolve(base, data);
}

/** A sentence for each variable that looks like a setting and is none. */
export function unknownVariables(env: Readonly<Record<string, string | undefined>>): string[] {
  const known = new Set<string>(SETTING_NAMES.flatMap(variablesOf));
  return Object.keys(env)
    .filter((name) => /^(ORBWEAVER|SCRAPYD)_/.test(name) && !known.has(name))
    .map((name) => `The environment variable ${name} is ignored: there is no such setting.`);
}

function variablesOf(name: SettingName): string[] {
  const { scrapyd }: Setting = SETTINGS[name];
  const theirs = Object.values(scrapyd?.keys ?? {}).filter((variable) => variable !== null);
  return [variableOf(name), ...theirs];
}
