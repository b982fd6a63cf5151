import { UserError } from '../errors.ts';

const KEPT = new Set([
  'PATH',
  'HOME',
  'LANG',
  'TZ',
  // Certificate authorities, as OpenSSL, requests and curl look for them.
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'REQUESTS_CA_BUNDLE',
  'CURL_CA_BUNDLE',
]);
const PROXY = /^(http|https|ftp|all|no)_proxy$/i;

/**
 * The part of the daemon's environment that Python processes get; its secrets stay behind.
 * Kept: PATH, HOME, LANG, LC_*, TZ, the proxies in both cases, certificate authorities.
 * @param passThrough names of further variables to keep
 */
export function cleanEnvironment(
  source: NodeJS.ProcessEnv,
  passThrough: readonly string[],
): Record<string, string> {
  const kept = Object.entries(source).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined &&
      (KEPT.has(entry[0]) ||
        entry[0].startsWith('LC_') ||
        PROXY.test(entry[0]) ||
        passThrough.includes(entry[0])),
  );
  return Object.fromEntries(kept);
}

/** @throws UserError `invalid` for what cannot be the name of a variable that somebody sets for spiders. */
export function checkVariableName(name: string): void {
  if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return;
  throw new UserError(
    'invalid',
    `"${name}" is no name of an environment variable: use letters, digits and underscores, and no digit at its start.`,
  );
}

/** The environment for pip and uv: the clean one and the user's own settings of these, such as an offline mirror. */
export function pipEnvironment(source: NodeJS.ProcessEnv): Record<string, string> {
  const own = Object.keys(source).filter((name) => /^(PIP|XDG|UV(?!_PUBLISH))_/.test(name));
  return cleanEnvironment(source, [...own, 'TMPDIR', 'NETRC']);
}
