import { dirname, join, resolve } from 'node:path';
import { UserError } from '../errors.ts';
import { SETTING_NAMES, SETTINGS, variableOf, type Setting, type SettingName } from './table.ts';

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

interface Ini {
  path: string;
  settings: ReadonlyMap<SettingName, string>;
}

/** Who says first: the flag, the variable, the INI file, the default. An empty variable or key says nothing. */
export function said(name: SettingName, { flags, env, cwd }: SettingSources, ini?: Ini): Said | undefined {
  const setting: Setting = SETTINGS[name];
  const homeFolder = env.HOME;
  const from = (text: string, where: string, base = cwd, isDefault = false) => ({
    text,
    where,
    base,
    homeFolder,
    isDefault,
  });

  const flag = flags[name];
  if (flag !== undefined) return from(flag, `--${name}`);
  const variable = env[variableOf(name)];
  if (variable !== undefined && variable !== '') return from(variable, variableOf(name));
  const key = ini?.settings.get(name);
  if (ini !== undefined && key !== undefined && key !== '') {
    const [section, keyName] = setting.ini ?? [];
    return from(key, `"${keyName ?? ''}" in [${section ?? ''}] of "${ini.path}"`, dirname(ini.path));
  }
  return setting.default === null ? undefined : from(setting.default, `the default of "${name}"`, cwd, true);
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
    throw new UserError('invalid', `${where}: "${wrong}" is not ${issue?.message ?? 'right'}.`);
  }
  const isPath = setting.isPath === 'command' ? text.includes('/') : setting.isPath === true;
  if (!isPath) return data;
  // A shell does not expand it in `--data=~/spiders`, and nobody wants a folder of that name.
  return text.startsWith('~/') && homeFolder !== undefined
    ? join(homeFolder, text.slice(2))
    : resolve(base, text);
}

/** A sentence for each variable that looks like a setting and is none. */
export function unknownVariables(env: Readonly<Record<string, string | undefined>>): string[] {
  const known = new Set(SETTING_NAMES.map(variableOf));
  return Object.keys(env)
    .filter((name) => name.startsWith('ORBWEAVER_') && !known.has(name))
    .map((name) => `The environment variable ${name} is ignored: there is no such setting.`);
}
