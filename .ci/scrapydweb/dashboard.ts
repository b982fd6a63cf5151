import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { peerEnvironment } from '../../spec/support/peer-environment.ts';
import { freePort } from '../../spec/support/free-port.ts';

const SETTINGS_FILE = 'scrapydweb_settings_v11.py';

/** A real ScrapydWeb that looks after one server. */
export interface Dashboard extends AsyncDisposable {
  /** `http://127.0.0.1:5000`, without a slash. */
  url: string;
  /** What it wrote so far. */
  output(): string;
}

/** The Python environment that ScrapydWeb 1.6 is in; made on first use (a minute, the network). */
export function dashboardEnvironment(): Promise<string> {
  return peerEnvironment({
    name: 'scrapydweb',
    // It builds eggs with setuptools, and does not say that it needs it.
    requirements: ['scrapydweb==1.6.0', 'setuptools'],
    constraints: join(import.meta.dirname, 'constraints.txt'),
    // It uses a class that Python 3.12 has no more.
    pythons: ['3.11', '3.10'],
  });
}

/**
 * Starts ScrapydWeb and resolves when it serves. Its data are in a folder of its own, which goes with it.
 * @param options.server what it looks after: `127.0.0.1:6800`
 * @param options.projects folder of the projects that its Deploy page offers; it builds their eggs in there
 * @throws Error with its output, if it ends at its start
 */
export async function startDashboard(options: {
  environment: string;
  server: string;
  projects: string;
}): Promise<Dashboard> {
  const folder = mkdtempSync(join(tmpdir(), 'orbweaver-scrapydweb-'));
  const temporary = join(folder, 'tmp');
  mkdirSync(temporary);
  const port = await freePort();
  writeFileSync(join(folder, SETTINGS_FILE), settings(port, options));
  const child = spawn(join(options.environment, 'bin', 'python'), ['-m', 'scrapydweb.run'], {
    cwd: folder,
    // Without the settings and proxies of whoever runs this.
    env: {
      PATH: process.env.PATH,
      HOME: folder,
      TMPDIR: temporary,
      LANG: 'C.UTF-8',
      NO_PROXY: '*',
      DATA_PATH: join(folder, 'data'),
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const closed = once(child, 'close');
  const lines: string[] = [];
  const serves = new Promise<void>((resolve) => {
    createInterface(child.stderr).on('line', (line) => {
      lines.push(line);
      if (line.includes('Running on http://')) resolve();
    });
  });
  const output = () => lines.join('\n');
  const end = async () => {
    child.kill('SIGKILL');
    await closed;
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await Promise.race([
      serves,
      closed.then(() => {
        throw new Error(`ScrapydWeb ended at its start:\n${output()}`);
      }),
    ]);
  } catch (error) {
    await end();
    throw error;
  }
  return { url: `http://127.0.0.1:${port}`, output, [Symbol.asyncDispose]: end };
}

/** Python sources; JSON's strings and numbers are Python's. */
function settings(port: number, { server, projects }: { server: string; projects: string }): string {
  const values = {
    SCRAPYDWEB_BIND: '127.0.0.1',
    SCRAPYDWEB_PORT: port,
    SCRAPYD_SERVERS: [server],
    SCRAPY_PROJECTS_DIR: projects,
  };
  const lines = Object.entries(values).map(([name, value]) => `${name} = ${JSON.stringify(value)}\n`);
  return lines.join('');
}
