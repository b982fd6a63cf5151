import type { z } from 'zod';
import * as values from './values.ts';

/** One setting: all that is said about it anywhere. */
export interface Setting {
  /** Section and key in an INI file; null if it cannot be set there. */
  ini: readonly [section: string, key: string] | null;
  /** What stands for the value in the help; a switch may go without a value. */
  placeholder: string;
  help: string;
  /** Reads the text of the flag, the variable or the INI file. */
  schema: z.ZodType<unknown, string>;
  /** As text; null for none, or for one that is computed, which `help` then names. */
  default: string | null;
  /** Its flag may be repeated. */
  isList?: boolean;
  /** Relative to the INI file if that names it, else to the working folder. A `command` only where it has a slash. */
  isPath?: boolean | 'command';
}

/**
 * All settings by name: `job-slots` is the flag `--job-slots`, the variable `ORBWEAVER_JOB_SLOTS` and the INI key given.
 * `[scrapy-do]` and `[web]` hold what Scrapy Do documents, `[orbweaver]` what is our own.
 */
export const SETTINGS = {
  config: {
    ini: null,
    placeholder: 'FILE',
    help: 'INI file with settings, as Scrapy Do has it',
    schema: values.path,
    default: null,
    isPath: true,
  },
  data: {
    ini: ['scrapy-do', 'project-store'],
    placeholder: 'DIR',
    help: 'folder for everything that is kept (default: "data" in the project folder)',
    schema: values.path,
    default: null,
    isPath: true,
  },
  listen: {
    ini: ['web', 'interfaces'],
    placeholder: 'HOST:PORT',
    help: 'address to serve on; may be repeated',
    schema: values.addresses,
    default: '127.0.0.1:7654 127.0.0.1:6800',
    isList: true,
  },
  'job-slots': {
    ini: ['scrapy-do', 'job-slots'],
    placeholder: 'N',
    help: 'how many spiders may run at once (default: 4 for each CPU core)',
    schema: values.positive,
    default: null,
  },
  environments: {
    ini: ['orbweaver', 'environments'],
    placeholder: 'DIR',
    help: 'folder for Python environments; data folders may share one (default: "environments" in the data folder)',
    schema: values.path,
    default: null,
    isPath: true,
  },
  python: {
    ini: ['orbweaver', 'python'],
    placeholder: 'COMMAND',
    help: 'Python 3.10 or newer to make environments with (default: python3, else python3.13 to python3.10)',
    schema: values.path,
    default: null,
    isPath: 'command',
  },
  https: {
    ini: ['web', 'https'],
    placeholder: 'on|off',
    help: 'serve HTTPS; needs --key and --cert',
    schema: values.onOff,
    default: 'off',
  },
  key: {
    ini: ['web', 'key'],
    placeholder: 'FILE',
    help: 'private key (PEM)',
    schema: values.path,
    default: null,
    isPath: true,
  },
  cert: {
    ini: ['web', 'cert'],
    placeholder: 'FILE',
    help: 'certificate (PEM)',
    schema: values.path,
    default: null,
    isPath: true,
  },
  chain: {
    ini: ['web', 'chain'],
    placeholder: 'FILE',
    help: 'intermediate certificates (PEM)',
    schema: values.path,
    default: null,
    isPath: true,
  },
  auth: {
    ini: ['web', 'auth'],
    placeholder: 'on|off',
    help: 'ask for user and password; needs --auth-db',
    schema: values.onOff,
    default: 'off',
  },
  'auth-db': {
    ini: ['web', 'auth-db'],
    placeholder: 'FILE',
    help: 'users, as lines of "user:password"',
    schema: values.path,
    default: null,
    isPath: true,
  },
  'allowed-hosts': {
    ini: ['orbweaver', 'allowed-hosts'],
    placeholder: 'NAME',
    help: 'host name by which this daemon is reached, for instance through a proxy; may be repeated',
    schema: values.hostNames,
    default: '',
    isList: true,
  },
  'allowed-origins': {
    ini: ['orbweaver', 'allowed-origins'],
    placeholder: 'ORIGIN',
    help: 'origin of web pages that may make changes; may be repeated',
    schema: values.origins,
    default: '',
    isList: true,
  },
  'pass-env': {
    ini: ['orbweaver', 'pass-env'],
    placeholder: 'NAME',
    help: 'environment variable of the daemon that spiders get too (theirs is else a clean one); may be repeated',
    schema: values.variableNames,
    default: '',
    isList: true,
  },
  'capture-items': {
    ini: ['orbweaver', 'capture-items'],
    placeholder: 'on|off',
    help: 'keep what spiders scrape',
    schema: values.onOff,
    default: 'on',
  },
  'stop-spiders': {
    ini: ['orbweaver', 'stop-spiders'],
    placeholder: 'on|off',
    help: 'stop the running spiders too when the daemon is stopped (containers want this)',
    schema: values.onOff,
    default: 'off',
  },
  'completed-cap': {
    ini: ['scrapy-do', 'completed-cap'],
    placeholder: 'N',
    help: 'how many finished jobs are kept',
    schema: values.count,
    default: '10000',
  },
  'keep-days': {
    ini: ['orbweaver', 'keep-days'],
    placeholder: 'DAYS',
    help: 'how long finished jobs are kept',
    schema: values.daysOrOff,
    default: 'off',
  },
  'keep-size': {
    ini: ['orbweaver', 'keep-size'],
    placeholder: 'SIZE',
    help: 'how much the logs and items of finished jobs may take, all together',
    schema: values.bytesOrOff,
    default: 'off',
  },
  'output-limit': {
    ini: ['orbweaver', 'output-limit'],
    placeholder: 'SIZE',
    help: 'how much is kept of what one job writes to stdout, and to stderr',
    schema: values.bytes,
    default: '1G',
  },
  'upload-limit': {
    ini: ['orbweaver', 'upload-limit'],
    placeholder: 'SIZE',
    help: 'largest archive that may be pushed',
    schema: values.bytes,
    default: '256M',
  },
  'max-entries': {
    ini: ['orbweaver', 'max-entries'],
    placeholder: 'N',
    help: 'most files and folders in an archive',
    schema: values.positive,
    default: '50000',
  },
  'max-unpacked': {
    ini: ['orbweaver', 'max-unpacked'],
    placeholder: 'SIZE',
    help: 'most bytes of an archive when unpacked',
    schema: values.bytes,
    default: '2G',
  },
  'max-ratio': {
    ini: ['orbweaver', 'max-ratio'],
    placeholder: 'N',
    help: 'how many times its packed size an archive may unpack to',
    schema: values.positive,
    default: '200',
  },
} as const satisfies Record<string, Setting>;

export type SettingName = keyof typeof SETTINGS;

export const SETTING_NAMES = Object.keys(SETTINGS) as SettingName[];

/** The value of each setting once read; undefined where it was not set and has no default. */
export type SettingValues = {
  [Name in SettingName]:
    | z.output<(typeof SETTINGS)[Name]['schema']>
    | ((typeof SETTINGS)[Name]['default'] extends null ? undefined : never);
};

/** `ORBWEAVER_JOB_SLOTS` of `job-slots`. */
export function variableOf(name: SettingName): string {
  return `ORBWEAVER_${name.toUpperCase().replaceAll('-', '_')}`;
}
