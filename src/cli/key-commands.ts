import type { Command } from 'commander';
import { hashPassword } from '../access/password-hash.ts';
import type { CommandContext } from './command-context.ts';
import { flagsOf, optionOf } from './flags.ts';
import { createKey, listKeys, revokeKey, type Said } from './keys.ts';

interface CreateOptions {
  name: string;
  value?: string;
  readOnly?: true;
  project?: string[];
}

/** `key …`: who may ask the daemon. */
export function addKeyCommands(program: Command, { dataFolder, print, tell, secret }: CommandContext): void {
  const say = ({ lines, notes }: Said) => {
    lines.forEach(print);
    notes.forEach(tell);
  };
  const key = program
    .command('key')
    .description('make, show and revoke the keys that open the daemon')
    .helpCommand(false);
  key
    .command('create')
    .description('make a key and print it, this once')
    .requiredOption('--name <NAME>', 'what it is listed as')
    .option('--value <KEY>', 'the key itself, for clients that have one; else a random one is made')
    .option('--read-only', 'it changes nothing and starts nothing')
    .option('--project <P...>', 'it opens these projects only')
    .addOption(optionOf('data'))
    .addOption(optionOf('config'))
    .action(async ({ name, value, readOnly, project }: CreateOptions, command: Command) => {
      const asked = {
        ...{ name, readOnly: readOnly === true, projects: project ?? [] },
        ...(value === undefined ? {} : { value }),
      };
      say(await createKey(dataFolder(flagsOf(command)), asked, Date.now()));
    });
  key
    .command('list')
    .description('show the keys, but not their values')
    .addOption(optionOf('data'))
    .addOption(optionOf('config'))
    .action((_options: unknown, command: Command) => {
      listKeys(dataFolder(flagsOf(command))).forEach(print);
    });
  key
    .command('revoke')
    .description('make a key worthless')
    .argument('<name>', 'what it is listed as')
    .addOption(optionOf('data'))
    .addOption(optionOf('config'))
    .action((name: string, _options: unknown, command: Command) => {
      say(revokeKey(dataFolder(flagsOf(command)), name));
    });
  key
    .command('hash')
    .description('read a password from stdin and print its argon2id hash, for auth-db or an INI file')
    .action(async () => {
      print(await hashPassword(await secret()));
    });
}
