import { readFileSync } from 'node:fs';
import { availableParallelism, hostname } from 'node:os';
import { join } from 'node:path';
import { namesCommand, runCommand } from './cli/commands.ts';
import { parseFlags } from './cli/flags.ts';
import { makeLog } from './cli/log.ts';
import { readSecret } from './cli/read-secret.ts';
import { namedZone } from './config/local-zone.ts';
import { resolveSettings, type Settings } from './config/settings.ts';
import type { Flags } from './config/sources.ts';
import { startDaemon, type Daemon } from './daemon.ts';
import { UserError } from './errors.ts';

/** Ctrl-C reaches the daemon twice, milliseconds apart, when npm passes it on: within this time they are one. */
const ONE_SIGNAL_MS = 1000;

const home = join(import.meta.dirname, '..');
const { version } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')) as { version: string };

// Whoever read them may be gone: `npm start | tee log` loses its tee to the same Ctrl-C. The daemon stops well all the same.
for (const output of [process.stdout, process.stderr]) output.on('error', () => undefined);

const args = process.argv.slice(2);
const isCommand = namesCommand(args);

/** The daemon serves, or the command is over. Whoever loads this in a bundle waits for it, as a bundle cannot. */
export const started = run();

async function run(): Promise<void> {
  try {
    await (isCommand ? command() : main());
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    if (isCommand) complain(error.message);
    else say(`Orbweaver cannot start: ${error.message}`);
    process.exitCode = 1;
  }
}

/** The stdout of a command is its answer alone. */
async function command(): Promise<void> {
  await runCommand(args, {
    dataFolder: (flags) => readSettings(flags, complain).data,
    print: say,
    tell: complain,
    input: process.stdin,
    secret: () => readSecret({ stdin: process.stdin, ask: complain }),
  });
}

async function main(): Promise<void> {
  const settings = readSettings(parseFlags(args, version), say);
  if (process.env.TZ !== undefined) process.env.TZ = namedZone(process.env.TZ);
  const daemon = await startDaemon({ settings, version, log: makeLog(process.stderr.isTTY), report: say });
  stopOnSignals(daemon, settings.stopSpiders);
  for (const url of daemon.urls) say(`Orbweaver ${version} serves on ${url}`);
}

function readSettings(flags: Flags, report: (line: string) => void): Settings {
  const settings = resolveSettings({
    flags,
    env: process.env,
    readFile: (path) => readFileSync(path, 'utf8'),
    cwd: process.cwd(),
    home,
    cores: availableParallelism(),
    hostName: hostname(),
  });
  settings.notices.forEach(report);
  return settings;
}

/** The first signal stops the daemon well, a later one at once. */
function stopOnSignals(daemon: Daemon, stopsSpiders: boolean): void {
  let firstAt: number | null = null;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (firstAt === null) {
        firstAt = performance.now();
        say(
          stopsSpiders ? 'Orbweaver stops, and its spiders with it.' : 'Orbweaver stops; its spiders run on.',
        );
        void daemon.stop().then(
          () => process.exit(0),
          (error: unknown) => {
            say(String(error));
            process.exit(1);
          },
        );
      } else if (performance.now() - firstAt > ONE_SIGNAL_MS) {
        process.exit(1);
      }
    });
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function complain(line: string): void {
  process.stderr.write(`${line}\n`);
}
