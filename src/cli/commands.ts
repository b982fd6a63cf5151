import { Command } from 'commander';
import { showAudit } from './audit.ts';
import type { CommandContext } from './command-context.ts';
import { endOrThrow, flagsOf, optionOf } from './flags.ts';
import { addKeyCommands } from './key-commands.ts';
import { projectEnv } from './project-env.ts';
import { createProject, holdProject, listProjects } from './projects.ts';

const COMMANDS: Readonly<Record<string, (program: Command, context: CommandContext) => void>> = {
  project: addProjectCommands,
  key: addKeyCommands,
  audit: addAuditCommand,
};

/** Whether a command line is a command's; else it is the daemon's. */
export function namesCommand([first]: readonly string[]): boolean {
  return first !== undefined && Object.hasOwn(COMMANDS, first);
}

/**
 * Runs a command: something done to a data folder, with its daemon running or not. `--help` prints and ends the process.
 * @param args what follows the program's name; {@link namesCommand} is true of them
 * @throws UserError
 */
export async function runCommand(args: readonly string[], context: CommandContext): Promise<void> {
  const program = new Command('npm run orbweaver --')
    .helpOption('-h, --help', 'print this help')
    .helpCommand(false)
    .configureOutput({ writeErr: () => undefined })
    .exitOverride(endOrThrow);
  for (const add of Object.values(COMMANDS)) add(program, context);
  await program.parseAsync(args, { from: 'user' });
}

/** The flags of `project env` that are no settings. */
interface EnvFlags {
  spider?: string;
  secret?: boolean;
}

function addProjectCommands(program: Command, { dataFolder, print, input }: CommandContext): void {
  const project = program
    .command('project')
    .description(
      'settle what is kept for a project, pushed or not: its id, its variables, whether it may run',
    )
    .helpCommand(false);
  project
    .command('env')
    .description('show or change the variables that runs of a project get')
    .argument('<project>', 'its name')
    .argument(
      '[KEY=VALUE...]',
      'to set; KEY= removes it, KEY=- reads its value from stdin; without any, all are shown',
    )
    .option('--spider <name>', 'for the runs of this spider only; goes before what the project has')
    .option('--secret', 'never show the value again; it stays so until it is removed')
    .addOption(optionOf('data'))
    .addOption(optionOf('config'))
    .action(async (project: string, changes: string[], options: EnvFlags, command: Command) => {
      const { spider = null, secret = false } = options;
      const data = dataFolder(flagsOf(command));
      const lines = await projectEnv(data, { project, spider, secret, input }, changes);
      lines.forEach(print);
    });
  project
    .command('create')
    .description('make a project before its first push')
    .argument('<project>', 'its name')
    .option('--id <N>', 'its id; without it, the next one')
    .addOption(optionOf('data'))
    .addOption(optionOf('config'))
    .action((name: string, { id }: { id?: string }, command: Command) => {
      createProject(dataFolder(flagsOf(command)), name, id).forEach(print);
    });
  project
    .command('list')
    .description('show all projects, and which are held')
    .addOption(optionOf('data'))
    .addOption(optionOf('config'))
    .action((_options: unknown, command: Command) => {
      listProjects(dataFolder(flagsOf(command))).forEach(print);
    });
  for (const [verb, description] of [
    ['hold', 'let the pending jobs of a project wait'],
    ['release', 'let the pending jobs of a project start again'],
  ] as const) {
    project
      .command(verb)
      .description(description)
      .argument('<project>', 'its name')
      .addOption(optionOf('data'))
      .addOption(optionOf('config'))
      .action((name: string, _options: unknown, command: Command) => {
        holdProject(dataFolder(flagsOf(command)), name, verb === 'hold').forEach(print);
      });
  }
}

function addAuditCommand(program: Command, { dataFolder, print }: CommandContext): void {
  program
    .command('audit')
    .description('show who changed what, and who was kept from it')
    .option('--limit <N>', 'how many of the last changes', '50')
    .option('--json', 'as JSON lines')
    .addOption(optionOf('data'))
    .addOption(optionOf('config'))
    .action(({ limit, json }: { limit: string; json?: true }, command: Command) => {
      showAudit(dataFolder(flagsOf(command)), limit, json === true).forEach(print);
    });
}
