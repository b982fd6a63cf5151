import type { z } from 'zod';
import { addressText, keepText, slotsText } from './scrapyd-text.ts';
import type { Setting } from './setting.ts';
import * as values from './values.ts';

/**
 * All settings by name: `job-slots` is the flag `--job-slots`, the variable `ORBWEAVER_JOB_SLOTS` and the INI key given.
 * `[scrapy-do]` and `[web]` hold what Scrapy Do documents, `[scrapyd]` what scrapyd does, `[orbweaver]` what is our own.
 */
export const SETTINGS = {
  config: {
    ini: null,
    placeholder: 'FILE',
    help: 'INI file with settings, as Scrapy Do or scrapyd has it',
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
    scrapyd: {
      keys: { bind_address: 'SCRAPYD_BIND_ADDRESS', http_port: 'SCRAPYD_HTTP_PORT' },
      toText: addressText,
    },
  },
  'unix-socket': {
    ini: ['orbweaver', 'unix-socket'],
    placeholder: 'PATH',
    help: 'UNIX socket to serve on too',
    schema: values.path,
    default: null,
    isPath: true,
    scrapyd: { keys: { unix_socket_path: 'SCRAPYD_UNIX_SOCKET_PATH' } },
  },
  'node-name': {
    ini: ['orbweaver', 'node-name'],
    placeholder: 'NAME',
    help: "name of this daemon in scrapyd's answers (default: the host name)",
    schema: values.line,
    default: null,
    scrapyd: { keys: { node_name: null } },
  },
  'job-slots': {
    ini: ['scrapy-do', 'job-slots'],
    placeholder: 'N',
    help: 'how many spiders may run at once (default: 4 for each CPU core)',
    schema: values.positive,
    default: null,
    scrapyd: { keys: { max_proc: null, max_proc_per_cpu: null }, toText: slotsText },
  },
  logs: {
    ini: ['orbweaver', 'logs'],
    placeholder: 'DIR',
    help: 'folder for what spiders write to stdout and stderr (default: "logs" in the data folder)',
    schema: values.folder,
    default: null,
    isPath: true,
    scrapyd: { keys: { logs_dir: null } },
  },
  items: {
    ini: ['orbweaver', 'items'],
    placeholder: 'DIR',
    help: 'folder for what spiders scrape (default: "items" in the data folder)',
    schema: values.folder,
    default: null,
    isPath: true,
    scrapyd: { keys: { items_dir: null } },
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
  'pip-index': {
    ini: ['orbweaver', 'pip-index'],
    placeholder: 'URL',
    help: 'package index to install from (default: as pip is configured, which is PyPI)',
    schema: values.indexUrl,
    default: null,
  },
  wheels: {
    ini: ['orbweaver', 'wheels'],
    placeholder: 'DIR',
    help: 'folder with packages to install; without --pip-index nothing else is installed from',
    schema: values.path,
    default: null,
    isPath: true,
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
  username: {
    ini: ['orbweaver', 'username'],
    placeholder: 'NAME',
    help: 'a user beside those of --auth-db; needs a password',
    schema: values.userName,
    default: null,
    isSecret: true,
    scrapyd: { keys: { username: 'SCRAPYD_USERNAME' } },
  },
  password: {
    ini: ['orbweaver', 'password'],
    placeholder: 'PASSWORD',
    help: "that user's password",
    schema: values.password,
    default: null,
    isSecret: true,
    scrapyd: { keys: { password: 'SCRAPYD_PASSWORD' } },
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
  'prefix-header': {
    ini: ['orbweaver', 'prefix-header'],
    placeholder: 'NAME',
    help: "header in which a proxy says what stands before the paths of scrapyd's pages",
    schema: values.headerName,
    default: 'x-forwarded-prefix',
    scrapyd: { keys: { prefix_header: null } },
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
  'keep-files': {
    ini: ['orbweaver', 'keep-files'],
    placeholder: 'N',
    help: 'of how many finished jobs of each spider the logs and items are kept',
    schema: values.numberOrOff,
    default: 'off',
    scrapyd: { keys: { jobs_to_keep: null }, toText: keepText },
  },
  'finished-to-keep': {
    ini: ['orbweaver', 'finished-to-keep'],
    placeholder: 'N',
    help: "how many finished jobs scrapyd's lists show",
    schema: values.positive,
    default: '100',
    scrapyd: { keys: { finished_to_keep: null } },
  },
  'hosts-memory': {
    ini: ['orbweaver', 'hosts-memory'],
    placeholder: 'SIZE',
    help: 'how much memory the spider hosts may take together, without their spiders: idle ones end to keep it',
    schema: values.bytesOrOff,
    default: '1G',
  },
  'output-limit': {
    ini: ['orbweaver', 'output-limit'],
    placeholder: 'SIZE',
    help: 'how much is kept of what one job writes to stdout, to stderr, and of what it logs',
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
