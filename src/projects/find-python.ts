import { z } from 'zod';
import { toError, UserError } from '../errors.ts';
import { runBounded } from './bounded-process.ts';

const COMMANDS = ['python3', 'python3.13', 'python3.12', 'python3.11', 'python3.10'];
const OLDEST_MINOR = 10;
/** A version manager's shim may take a second on a cold disk. */
const TIMEOUT_MS = 10_000;
const MEND =
  'Install Python 3.10 or newer with venv ("apt install python3-venv" on Debian and Ubuntu, ' +
  '"dnf install python3" on Fedora, "brew install python3" on macOS), then start again.';

/** Runs in whatever answers to the command, Python 2 included. Virtual environments are made by their base. */
const PROBE = `
import json, os, sys
try:
    import ensurepip, venv
    missing = None
except ImportError as error:
    missing = str(error)
print(json.dumps({
    "version": list(sys.version_info[:3]),
    "executable": getattr(sys, "_base_executable", None) or sys.executable,
    "prefix": os.path.realpath(getattr(sys, "base_prefix", sys.prefix)),
    "missing": missing,
}))
`;

const probe = z.object({
  version: z.tuple([z.int(), z.int(), z.int()]),
  executable: z.string().min(1),
  prefix: z.string().min(1),
  missing: z.string().nullable(),
});

/** A Python that can make virtual environments. */
export interface Python {
  /** Absolute path; never that of a shim or of a virtual environment. */
  executable: string;
  /** `3.11.7`. */
  version: string;
  /** Where it is installed. */
  prefix: string;
}

/**
 * Finds a Python by running it: that a command exists says little.
 * @param configured command or path; without it the usual commands are tried on PATH
 * @param env whole environment of the candidates
 * @throws UserError `unavailable` that says what is missing and how to mend it
 */
export async function findPython(
  configured: string | undefined,
  env: Record<string, string>,
): Promise<Python> {
  const faults: string[] = [];
  for (const command of configured === undefined ? COMMANDS : [configured]) {
    const found = await tryPython(command, env);
    if (typeof found !== 'string') return found;
    if (found !== '') faults.push(found);
  }
  const nothing =
    configured === undefined ? 'There is no Python on the PATH.' : `There is no "${configured}".`;
  throw new UserError('unavailable', `${faults[0] ?? nothing} ${MEND}`);
}

/**
 * Finds a Python of one version.
 * @param version its first two numbers: `3.12`
 * @param configured command or path that goes before those on PATH
 * @param env whole environment of the candidates
 * @throws UserError `invalid` that names those that are there
 */
export async function findPythonVersion(
  version: string,
  configured: string | undefined,
  env: Record<string, string>,
): Promise<Python> {
  const commands = new Set([
    ...(configured === undefined ? [] : [configured]),
    `python${version}`,
    ...COMMANDS,
  ]);
  const faults: string[] = [];
  const others = new Set<string>();
  for (const command of commands) {
    const found = await tryPython(command, env);
    if (typeof found !== 'string') {
      const minor = found.version.split('.').slice(0, 2).join('.');
      if (minor === version) return found;
      others.add(minor);
    } else if (command === `python${version}` && found !== '') faults.push(` ${found}`);
  }
  const there = others.size === 0 ? 'no other either' : `only ${[...others].join(', ')}`;
  throw new UserError(
    'invalid',
    `The project asks for Python "${version}", which this machine does not have; there is ${there}.${faults.join('')}`,
  );
}

/** The Python, or why it will not do; an empty text when there is no such command. */
async function tryPython(command: string, env: Record<string, string>): Promise<Python | string> {
  try {
    const end = await runBounded({
      command,
      args: ['-E', '-s', '-c', PROBE],
      env,
      timeoutMs: TIMEOUT_MS,
      keepBytes: 64 * 1024,
    });
    if (end.timedOut) return `"${command}" did not answer within ${TIMEOUT_MS / 1000} seconds.`;
    const { version, executable, prefix, missing } = probe.parse(JSON.parse(end.stdout));
    const name = version.join('.');
    if (version[0] !== 3 || version[1] < OLDEST_MINOR)
      return `"${command}" is Python "${name}", which is too old.`;
    if (missing !== null)
      return `"${command}" (Python ${name}) cannot make virtual environments: ${missing}.`;
    return { executable, version: name, prefix };
  } catch (error) {
    return toError(error).code === 'ENOENT' ? '' : `"${command}" does not run.`;
  }
}
