import { join } from 'node:path';
import { UserError } from '../errors.ts';
import { isLoopback, type Address } from './address.ts';
import { readIni, reasonOf } from './ini-file.ts';
import { readSaid, said, unknownVariables, type Said, type SettingSources } from './sources.ts';
import type { Setting } from './setting.ts';
import { SETTING_NAMES, SETTINGS, variableOf, type SettingName, type SettingValues } from './table.ts';

const SLOTS_PER_CORE = 4;
const DAY_MS = 24 * 60 * 60_000;
/** The system's limit. */
const MAX_SOCKET_PATH_BYTES = 107;

/** How a daemon is set; validated, paths absolute. */
export interface Settings {
  /** Folder for everything that is kept. */
  readonly data: string;
  readonly listen: readonly Readonly<Address>[];
  /** Nobody asked for these addresses: one that is taken is skipped. */
  readonly listenIsDefault: boolean;
  /** Absolute path of a UNIX socket to serve on too; null: none. */
  readonly unixSocket: string | null;
  /** What scrapyd's answers call this daemon. */
  readonly nodeName: string;
  readonly jobSlots: number;
  /** Folder of what spiders write to stdout and stderr. */
  readonly logs: string;
  /** Folder of what spiders scrape. */
  readonly items: string;
  /** Folder of the Python environments. */
  readonly environments: string;
  /** Command or absolute path to make environments with; null: find one. */
  readonly python: string | null;
  /** Where packages come from: URL of an index, folder of packages. Null: as pip is configured. */
  readonly packages: { readonly index: string | null; readonly wheels: string | null };
  /** PEM files to serve HTTPS with; null: HTTP. */
  readonly tls: { readonly key: string; readonly cert: string; readonly chain: string | null } | null;
  /** File with the users; null: there is none. Without it and `user` nobody is asked who he is. */
  readonly authDb: string | null;
  /** Why the daemon must not start without a key, in a sentence; null: users guard it, or it serves this machine only. */
  readonly needsKey: string | null;
  /** One more user. */
  readonly user: { readonly name: string; readonly password: string } | null;
  readonly allowedHosts: readonly string[];
  readonly allowedOrigins: readonly string[];
  /** Lower-case name of the header in which a proxy says what stands before the paths of scrapyd's pages. */
  readonly prefixHeader: string;
  /** Names of variables that spiders get from the daemon's environment. */
  readonly passEnv: readonly string[];
  readonly captureItems: boolean;
  readonly stopSpiders: boolean;
  /** Which finished jobs are kept. `bytes`: logs and items together. `filesPerSpider`: of how many their files are. */
  readonly keep: {
    readonly count: number;
    readonly ageMs?: number;
    readonly bytes?: number;
    readonly filesPerSpider?: number;
  };
  /** How many finished jobs scrapyd's lists show. */
  readonly finishedToKeep: number;
  /** Most resident bytes of the spider hosts together; Infinity if there is no limit. */
  readonly hostsMemory: number;
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
  const ini = path === undefined ? undefined : readIni(path, sources.readFile);
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
  const user = checkUser(values, all);
  const listen = withoutTwins(values.listen);
  return deepFreeze<Settings>({
    data,
    listen,
    listenIsDefault: all.get('listen')?.isDefault === true,
    unixSocket: checkSocket(values['unix-socket'], all.get('unix-socket')),
    nodeName: values['node-name'] ?? sources.hostName,
    jobSlots: values['job-slots'] ?? SLOTS_PER_CORE * sources.cores,
    logs: values.logs ?? join(data, 'logs'),
    items: values.items ?? join(data, 'items'),
    environments: values.environments ?? join(data, 'environments'),
    python: values.python ?? null,
    packages: { index: values['pip-index'] ?? null, wheels: values.wheels ?? null },
    tls: key === null || cert === null ? null : { key, cert, chain: values.chain ?? null },
    authDb,
    needsKey: authDb === null && user === null ? whyGuarded(listen, all.get('listen')) : null,
    user,
    allowedHosts: values['allowed-hosts'],
    allowedOrigins: values['allowed-origins'],
    prefixHeader: values['prefix-header'],
    passEnv: values['pass-env'],
    captureItems: values['capture-items'],
    stopSpiders: values['stop-spiders'],
    keep: {
      count: values['completed-cap'],
      ...(values['keep-days'] === undefined ? {} : { ageMs: values['keep-days'] * DAY_MS }),
      ...(values['keep-size'] === undefined ? {} : { bytes: values['keep-size'] }),
      ...(values['keep-files'] === undefined ? {} : { filesPerSpider: values['keep-files'] }),
    },
    finishedToKeep: values['finished-to-keep'],
    hostsMemory: values['hosts-memory'] ?? Infinity,
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
function withoutTwins(addresses: readonly Address[]): Address[] {
  return [...new Map(addresses.map((each) => [`${each.host} ${each.port}`, each])).values()];
}

/** The refusal of an address that others can reach, where there are no users. Whether there is a key is not known here. */
function whyGuarded(addresses: readonly Address[], where: Said | undefined): string | null {
  const open = addresses.find(({ host }) => !isLoopback(host));
  if (open === undefined) return null;
  return (
    `${where?.where ?? ''}: "${open.host}" can be reached from other machines, which needs authentication: ` +
    `make a key by "orbweaver key create --name NAME", or ` +
    `set ${ways('auth')} to "on" and ${ways('auth-db')} to a file with lines of "user:password", ` +
    `or set ${variableOf('username')} and ${variableOf('password')}.`
  );
}

/** A name without a password, or the other way round, would leave open what was meant to be guarded. */
function checkUser(values: SettingValues, all: ReadonlyMap<SettingName, Said>): Settings['user'] {
  const { username: name, password } = values;
  if (name !== undefined && password !== undefined) return { name, password };
  if (name === undefined && password === undefined) return null;
  const [given, missing] =
    name === undefined ? (['password', 'username'] as const) : (['username', 'password'] as const);
  throw new UserError(
    'invalid',
    `${all.get(given)?.where ?? ''}: a ${given} alone guards nothing: set ${ways(missing)} too.`,
  );
}

function checkSocket(path: string | undefined, where: Said | undefined): string | null {
  if (path === undefined) return null;
  const bytes = Buffer.byteLength(path);
  if (bytes <= MAX_SOCKET_PATH_BYTES) return path;
  throw new UserError(
    'invalid',
    `${where?.where ?? ''}: "${path}" has ${bytes} bytes, and the path of a socket ${MAX_SOCKET_PATH_BYTES} at most: choose a shorter one.`,
  );
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
  const { isSecret }: Setting = SETTINGS[name];
  return isSecret === true ? variableOf(name) : `--${name} (or ${variableOf(name)})`;
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(value).forEach(deepFreeze);
  return Object.freeze(value);
}
