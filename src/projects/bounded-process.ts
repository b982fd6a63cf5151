import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';

/** How long output may still come after a process is over, when something that it left behind holds its pipes. */
const DRAIN_MS = 1000;

export interface BoundedProcess {
  command: string;
  args: readonly string[];
  /** The whole environment. */
  env: Record<string, string>;
  cwd?: string;
  /** What it reads from stdin; nothing by default. */
  input?: string;
  /** After this, the process and its group are killed. */
  timeoutMs: number;
  /** Most bytes kept of each output; the last ones are. */
  keepBytes: number;
  /** Hears every whole line of stdout. */
  onLine?: (line: string) => void;
}

/** How a process ended. Texts are the ends of its outputs. */
export interface ProcessEnd {
  code: number | null;
  signal: NodeJS.Signals | null;
  timedOut: boolean;
  stdout: string;
  stderr: string;
  /** What it wrote to its descriptor 3, out of the way of whatever else prints. */
  result: string;
}

/**
 * Runs a process that may do anything: hang, print without end, leave children behind.
 * It gets a session of its own, and whatever of its group is left when it ends is killed.
 * @throws Error with a `code` when it cannot be started
 */
export function runBounded(options: BoundedProcess): Promise<ProcessEnd> {
  return new Promise((resolve, reject) => {
    const child = spawn(options.command, options.args, {
      env: options.env,
      cwd: options.cwd,
      detached: true,
      stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe', 'pipe'],
    });
    // It may end without reading it.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(options.input);
    const outputs = child.stdio.slice(1) as Readable[];
    const tails = outputs.map((output) => keepTail(output, options.keepBytes));
    if (options.onLine !== undefined && outputs[0] !== undefined) eachLine(outputs[0], options.onLine);

    let timedOut = false;
    const limit = setTimeout(() => {
      timedOut = true;
      killGroup(child.pid);
    }, options.timeoutMs);
    let drain: NodeJS.Timeout | undefined;

    child.on('error', (error) => {
      clearTimeout(limit);
      reject(error);
    });
    child.once('exit', () => {
      clearTimeout(limit);
      killGroup(child.pid);
      drain = setTimeout(() => {
        for (const output of outputs) output.destroy();
      }, DRAIN_MS);
    });
    child.once('close', (code, signal) => {
      clearTimeout(drain);
      const [stdout = '', stderr = '', result = ''] = tails.map((tail) => tail());
      resolve({ code, signal, timedOut, stdout, stderr, result });
    });
  });
}

/** The pid of a process that could not be started is undefined. */
function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Nothing of the group is left.
  }
}

/** Keeps the last bytes of an output; gives them as text. */
function keepTail(output: Readable, keepBytes: number): () => string {
  const chunks: Buffer[] = [];
  let length = 0;
  output.on('error', () => undefined);
  output.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    length += chunk.length;
    while (length - (chunks[0]?.length ?? 0) >= keepBytes) length -= chunks.shift()?.length ?? 0;
  });
  return () => Buffer.concat(chunks).subarray(-keepBytes).toString('utf8');
}

/** Calls back for every line; one that is longer than 1,000 characters comes in pieces. */
function eachLine(output: Readable, onLine: (line: string) => void): void {
  let rest = '';
  const decoder = new TextDecoder();
  output.on('data', (chunk: Buffer) => {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line);
    if (rest.length > 1000) {
      onLine(rest);
      rest = '';
    }
  });
}
