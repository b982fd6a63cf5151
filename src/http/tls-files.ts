import { watch, type FSWatcher } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createSecureContext } from 'node:tls';
import { toError, UserError } from '../errors.ts';
import type { Log } from '../log.ts';

/** After an event, for the other files of the same renewal. */
const SETTLE_MS = 300;
const RECHECK_MS = 60_000;

/** Paths of PEM files. */
export interface TlsFiles {
  key: string;
  cert: string;
  /** Intermediate certificates, or null. */
  chain: string | null;
}

/** What Node's TLS takes. */
export interface KeyPair {
  key: string;
  cert: string;
}

/** @throws UserError `unavailable` when a file cannot be read, or key and certificate do not make a pair. */
export async function readKeyPair(files: TlsFiles): Promise<KeyPair> {
  const read = async (path: string) => {
    try {
      return await readFile(path, 'latin1');
    } catch (error) {
      throw new UserError(
        'unavailable',
        `The TLS file "${path}" cannot be read: ${toError(error).message}.`,
        { cause: error },
      );
    }
  };
  const [key, cert, chain] = await Promise.all([
    read(files.key),
    read(files.cert),
    files.chain === null ? '' : read(files.chain),
  ]);
  const pair = { key, cert: `${cert}\n${chain}` };
  try {
    createSecureContext(pair);
  } catch (error) {
    const message = `The TLS key "${files.key}" and certificate "${files.cert}" cannot be used: ${toError(error).message}.`;
    throw new UserError('unavailable', message, { cause: error });
  }
  return pair;
}

/**
 * Calls `changed` with each new pair. The folders are watched, not the files: renewals replace files and links. A new
 * pair that cannot be used is logged, once, and the old one stays. Gives a function that ends it.
 */
export function watchKeyPair(
  files: TlsFiles,
  first: KeyPair,
  log: Log,
  changed: (pair: KeyPair) => void,
  recheckMs = RECHECK_MS,
): () => void {
  let current = first.key + first.cert;
  let complaint = '';
  let settle: NodeJS.Timeout | undefined;
  let isClosed = false;

  const check = async () => {
    try {
      const pair = await readKeyPair(files);
      complaint = '';
      if (isClosed || pair.key + pair.cert === current) return;
      changed(pair);
      current = pair.key + pair.cert;
      log.info({ cert: files.cert }, 'the TLS certificate was replaced');
    } catch (error) {
      const { message } = toError(error);
      if (!isClosed && message !== complaint)
        log.error(
          { cert: files.cert, reason: message },
          'the new TLS certificate cannot be used; the old one stays',
        );
      complaint = message;
    }
  };
  const soon = () => {
    clearTimeout(settle);
    settle = setTimeout(() => void check(), SETTLE_MS);
  };
  const recheck = setInterval(() => void check(), recheckMs);
  const folders = new Set(
    [files.key, files.cert, ...(files.chain === null ? [] : [files.chain])].map(dirname),
  );
  const watchers = [...folders].map((folder) => watchFolder(folder, soon));

  return () => {
    isClosed = true;
    clearTimeout(settle);
    clearInterval(recheck);
    for (const watcher of watchers) watcher?.close();
  };
}

function watchFolder(folder: string, changed: () => void): FSWatcher | null {
  try {
    const watcher = watch(folder, changed);
    watcher.on('error', () => {
      watcher.close();
    });
    return watcher;
  } catch {
    // The re-checks serve where no watch is to be had.
    return null;
  }
}
