import { Command, type CommanderError, Option } from 'commander';
import type { Flags } from '../config/sources.ts';
import { SETTING_NAMES, SETTINGS, variableOf, type Setting, type SettingName } from '../config/table.ts';
import { UserError } from '../errors.ts';

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
    .exitOverride((error) => {
      if (error.exitCode === 0) process.exit(0);
      throw new UserError('invalid', inWords(error), { cause: error });
    });
  for (const name of SETTING_NAMES) program.addOption(optionOf(name));

  program.parse(args, { from: 'user' });
  const [stray] = program.args;
  if (stray !== undefined) throw new UserError('invalid', `"${stray}" is no flag; --help lists them.`);
  return flagsOf(program);
}

function optionOf(name: SettingName): Option {
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

function flagsOf(program: Command): Flags {
  const flags: Flags = {};
  for (const name of SETTING_NAMES) {
    const camel = name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
    const value: unknown = program.getOptionValue(camel);
    if (typeof value === 'string') flags[name] = value;
    // A switch without a word.
    if (value === true) flags[name] = 'on';
  }
  return flags;
}

/** Commander's `error: unknown option '--dat'`, as a sentence with double quotes. */
function inWords(error: CommanderError): string {
  const [fault = '', hint] = error.message
    .replace(/^error: /, '')
    .replaceAll("'", '"')
    .split('\n');
  const sentence = `${fault.charAt(0).toUpperCase()}${fault.slice(1)}`;
  const suggestion = /\(Did you mean (.*)\?\)/.exec(hint ?? '')?.[1];
  return suggestion === undefined
    ? `${sentence}; --help lists all flags.`
    : `${sentence}; did you mean "${suggestion}"?`;
}

const AFTER_HELP = `
Each flag can also be set by a variable (--job-slots as ${variableOf('job-slots')}) or in an
INI file as Scrapy Do has it; flags go before variables, and those before the file.
Sizes are bytes, or take a unit: 512K, 256M, 2G. Lists in variables and in the
file are separated by spaces or commas.

  npm start
  npm start -- --data ~/spiders --listen 127.0.0.1:8080
`;
