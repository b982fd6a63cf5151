import { expect } from 'chai';
import { UserError } from '../../src/errors.ts';
import { resolveSettings, type Settings } from '../../src/config/settings.ts';
import type { SettingSources } from '../../src/config/sources.ts';

/** What may be said, and the files that exist. */
export type Sources = Partial<Omit<SettingSources, 'readFile'>> & { files?: Record<string, string> };

/** Settles settings with files that exist only here. */
export function settle({ files = {}, ...sources }: Sources = {}): Settings {
  const readFile = (path: string) => {
    const content = files[path];
    if (content === undefined) throw Object.assign(new Error(`ENOENT: ${path}`), { code: 'ENOENT' });
    return content;
  };
  return resolveSettings({
    flags: {},
    env: {},
    cwd: '/cwd',
    home: '/home/orbweaver',
    cores: 2,
    hostName: 'node7',
    ...sources,
    readFile,
  });
}

/** Settles settings with an INI file, `/etc/sd.conf`. */
export function withIni(ini: string, more: Sources = {}): Settings {
  return settle({
    ...more,
    flags: { config: '/etc/sd.conf', ...more.flags },
    files: { '/etc/sd.conf': ini, ...more.files },
  });
}

/** The sentence with which something is refused. */
export function refusal(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    expect(error).to.be.instanceOf(UserError);
    return (error as UserError).message;
  }
  throw new Error('nothing was refused');
}
