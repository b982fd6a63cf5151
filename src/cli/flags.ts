import { Command, type CommanderError, Option } from 'commander';
import type { Flags } from '../config/sources.ts';
import type { Setting } from '../config/setting.ts';
import { SETTING_NAMES, SETTINGS, variableOf, type SettingName } from '../config/table.ts';
import { UserError } from '../errors.ts';

const FLAG_NAMES = SETTING_NAMES.filter((name) => {
  const { isSecret }: Setting = SETTINGS[name];
  return isSecret !== true;
});

/**
 * Reads the daemon's command line. `--help` and `--version` print and end the process.
 * @param args what follows the program's name
 * @throws UserError `invalid` that names the flag
 */
export function parseFlags(args: readonly string[], version: string): Flags {
  const program = new Command('npm start --')
    .usage('[flags]')
    .description('Orbweaver runs Scrapy spiders on time.')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .argument('[nothing...]')
    .configureOutput({ writeErr: () => undefined })
    .configureHelp({ visibleArguments: () => [] })
    .addHelpText('after', AFTER_HELP)
    .exitOverride(endOrThrow);
  for (const name of FLAG_NAMES) program.addOption(optionOf(name));

  program.parse(args, { from: 'user' });
  const [stray] = program.args;
  if (stray !== undefined) {
    throw new UserError('invalid', `"${stray}" is neither a flag nor a command; --help lists them.`);
  }
  return flagsOf(program);
}

/** A setting as an option. */
export function optionOf(name: SettingName): Option {
  const { placeholder, help, default: text, isList }: Setting = SETTINGS[name];
  const isSwitch = placeholder === 'on|off';
  const value = isSwitch ? `[${placeholder}]` : `<${placeholder}>`;
  const described = text === null || text === '' ? help : `${help} (default: ${text})`;
  const option = new Option(`--${name} ${value}`, described);
  if (isList === true) {
    option.argParser((next: string, previous: string | undefined) =>
      previous === undefined ? next : `${previous} ${next}`,
    );
  }
  return option;
}

/** What a parsed command line says of settings. */
export function flagsOf(program: Command): Flags {
  const flags: Flags = {};
  for (const name of FLAG_NAMES) {
    const camel = name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
    const value: unknown = program.getOptionValue(camel);
    if (typeof value === 'string') flags[name] = value;
    // A switch without a word.
    if (value === true) flags[name] = 'on';
  }
  return flags;
}

/**
 * Ends the process after `--help` and `--version`, which have printed; for `exitOverride`.
 * @throws UserError `invalid` for what is wrong else
 */
export function endOrThrow(error: CommanderError): never {
  if (error.exitCode === 0) process.exit(0);
  throw new UserError('invalid', inWords(error), { cause: error });
}

/** Commander's `error: unknown option '--dat'`, as a sentence with double quotes. */
function inWords(error: CommanderError): string {
  // A command without the one that belongs to it.
  if (error.code === 'commander.help') return 'Say which command is meant; --help lists them.';
  const [fault = '', hint] = error.message
    .replace(/^error: /, '')
    .replaceAll("'", '"')
    .split('\n');
  const sentence = `${fault.charAt(0).toUpperCase()}${fault.slice(1)}`;
  const suggestion = /\(Did you mean (.*)\?\)/.exec(hint ?? '')?.[1];
  if (suggestion !== undefined) return `${sentence}; did you mean "${suggestion}"?`;
  return `${sentence}; --help ${/option/i.test(error.code) ? 'lists all flags' : 'says how'}.`;
}

const AFTER_HELP = `
Each flag can also be set by a variable (--job-slots as ${variableOf('job-slots')}) or in an
INI file as Scrapy Do or scrapyd has it; flags go before variables, and those before
the file. A user is set by ${variableOf('username')} and ${variableOf('password')}, or in the
file, as everybody on the machine can see command lines.
Sizes are bytes, or take a unit: 512K, 256M, 2G. Lists in variables and in the
file are separated by spaces or commas.

  npm start
  npm start -- --data ~/spiders --listen 127.0.0.1:8080

Commands work on the data folder, with the daemon running or not:

  npm run orbweaver -- project env --help
  npx orbweaver key create --name ci
`;
