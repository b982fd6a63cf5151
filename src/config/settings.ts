import { join } from 'node:path';
import { UserError } from '../errors.ts';
import { isLoopback, type Address } from './address.ts';
import { readIni, reasonOf } from './ini-file.ts';
import { readSaid, said, unknownVariables, type Said, type SettingSources } from './sources.ts';
import { SETTING_NAMES, variableOf, type SettingName, type SettingValues } from './table.ts';

const SLOTS_PER_CORE = 4;
const DAY_MS = 24 * 60 * 60_000;

/** How a daemon is set; validated, paths absolute. */
export interface Settings {
  /** Folder for everything that is kept. */
  readonly data: string;
  readonly listen: readonly Readonly<Address>[];
  /** Nobody asked for these addresses: one that is taken is skipped. */
  readonly listenIsDefault: boolean;
  readonly jobSlots: number;
  /** Folder of the Python environments. */
  readonly environments: string;
  /** Command or absolute path to make environments with; null: find one. */
  readonly python: string | null;
  /** PEM files to serve HTTPS with; null: HTTP. */
  readonly tls: { readonly key: string; readonly cert: string; readonly chain: string | null } | null;
  /** File with the users; null: nobody is asked who he is. */
  readonly authDb: string | null;
  readonly allowedHosts: readonly string[];
  readonly allowedOrigins: readonly string[];
  /** Names of variables that spiders get from the daemon's environment. */
  readonly passEnv: readonly string[];
  readonly captureItems: boolean;
  readonly stopSpiders: boolean;
  /** Which finished jobs are kept. `bytes`: logs and items together. */
  readonly keep: { readonly count: number; readonly ageMs?: number; readonly bytes?: number };
  /** Most bytes kept of a job's stdout, and of its stderr. */
  readonly outputLimit: number;
  /** Most bytes of a pushed archive. */
  readonly uploadLimit: number;
  readonly archiveLimits: {
    readonly entries: number;
    readonly unpackedBytes: number;
    readonly ratio: number;
  };
  /** What was set but has no effect, in sentences. */
  readonly notices: readonly string[];
}

/**
 * Settles what flags, variables, the INI file and the defaults say, in that order of precedence.
 * @throws UserError `invalid` that names the setting, its value, and what would be right.
 */
export function resolveSettings(sources: SettingSources): Settings {
  const config = said('config', sources);
  const path = config === undefined ? undefined : (readSaid('config', config) as string);
  const ini = path === undefined ? undefined : { path, ...readIni(path, sources.readFile) };
  const all = new Map<SettingName, Said>();
  for (const name of SETTING_NAMES) {
    const found = said(name, sources, ini);
    if (found !== undefined) all.set(name, found);
  }
  const values = Object.fromEntries(
    [...all].map(([name, each]) => [name, readSaid(name, each)]),
  ) as SettingValues;

  const checkFile = (name: 'key' | 'cert' | 'chain' | 'auth-db') => {
    checkReadable(values[name] ?? '', all.get(name)?.where ?? '', sources.readFile);
  };
  const authDb = values.auth ? requireFile(values, 'auth', 'auth-db') : null;
  if (authDb !== null) checkFile('auth-db');
  const key = values.https ? requireFile(values, 'https', 'key') : null;
  const cert = values.https ? requireFile(values, 'https', 'cert') : null;
  if (values.https)
    (['key', 'cert', ...(values.chain === undefined ? [] : ['chain' as const])] as const).forEach(checkFile);

  const data = values.data ?? join(sources.home, 'data');
  const listen = checkListen(values.listen, all.get('listen'), authDb !== null);
  return deepFreeze<Settings>({
    data,
    listen,
    listenIsDefault: all.get('listen')?.isDefault === true,
    jobSlots: values['job-slots'] ?? SLOTS_PER_CORE * sources.cores,
    environments: values.environments ?? join(data, 'environments'),
    python: values.python ?? null,
    tls: key === null || cert === null ? null : { key, cert, chain: values.chain ?? null },
    authDb,
    allowedHosts: values['allowed-hosts'],
    allowedOrigins: values['allowed-origins'],
    passEnv: values['pass-env'],
    captureItems: values['capture-items'],
    stopSpiders: values['stop-spiders'],
    keep: {
      count: values['completed-cap'],
      ...(values['keep-days'] === undefined ? {} : { ageMs: values['keep-days'] * DAY_MS }),
      ...(values['keep-size'] === undefined ? {} : { bytes: values['keep-size'] }),
    },
    outputLimit: values['output-limit'],
    uploadLimit: values['upload-limit'],
    archiveLimits: {
      entries: values['max-entries'],
      unpackedBytes: values['max-unpacked'],
      ratio: values['max-ratio'],
    },
    notices: [...(ini?.notices ?? []), ...unknownVariables(sources.env)],
  });
}

/** The same address twice would be refused by the system. */
function checkListen(addresses: readonly Address[], where: Said | undefined, hasAuth: boolean): Address[] {
  const unique = [...new Map(addresses.map((each) => [`${each.host} ${each.port}`, each])).values()];
  const open = unique.find(({ host }) => !isLoopback(host));
  if (open !== undefined && !hasAuth) {
    throw new UserError(
      'invalid',
      `${where?.where ?? ''}: "${open.host}" can be reached from other machines, which needs authentication: ` +
        `set ${ways('auth')} to "on" and ${ways('auth-db')} to a file with lines of "user:password".`,
    );
  }
  return unique;
}

function requireFile(values: SettingValues, by: 'https' | 'auth', name: 'key' | 'cert' | 'auth-db'): string {
  const value = values[name];
  if (value !== undefined) return value;
  throw new UserError('invalid', `"${by}" is on and needs "${name}": set ${ways(name)} to a file.`);
}

function checkReadable(path: string, where: string, readFile: (path: string) => string): void {
  try {
    readFile(path);
  } catch (error) {
    throw new UserError('invalid', `${where}: "${path}" cannot be read: ${reasonOf(error)}.`, {
      cause: error,
    });
  }
}

/** How a setting can be set, in words. */
function ways(name: SettingName): string {
  return `--${name} (or ${variableOf(name)})`;
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(value).forEach(deepFreeze);
  return Object.freeze(value);
}
