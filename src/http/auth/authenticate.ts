import { setTimeout as sleep } from 'node:timers/promises';
import type { Request, RequestHandler, Response } from 'express';
import { accessOfKey, accessOfUser, ANYBODY, NOBODY, type Access } from '../../access/access.ts';
import { Attempts } from '../../access/attempts.ts';
import type { JobTokens } from '../../access/job-tokens.ts';
import type { KeyRing } from '../../access/key-ring.ts';
import { toError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import { addressOf } from '../address-of.ts';
import { forwardedPrefix } from '../forwarded-prefix.ts';
import { setAccess } from './access-of.ts';
import { takeApiKey } from './api-key.ts';
import { hasPlain, type Credentials, type Users } from './credentials.ts';
import { checkDigest, digestChallenges, REALM } from './digest.ts';
import { Nonces } from './nonces.ts';
import { Passwords } from './passwords.ts';
import { isEmpty, readProof, type Proof } from './proof.ts';

export interface AuthenticateOptions {
  /** The users of the settings; null: there are none. */
  credentials: Credentials | null;
  keys: KeyRing;
  jobTokens: Pick<JobTokens, 'accessOf'>;
  /** Whether the daemon can be reached from this machine only: without users and keys it is open then. */
  isLocal: boolean;
  /** The header by which a proxy says under which path it serves the daemon. */
  prefixHeader: string;
  /** Milliseconds since the epoch. */
  now: () => number;
  log: Log;
  /** Somebody came with a wrong key or password. */
  onWrong?: (req: Request) => void;
  /** What is different for some paths. */
  door?: {
    /** Whether a request needs neither key nor user. */
    isOpen: (req: Request) => boolean;
    /** Answers whoever may not pass; false where the usual answer, a text, is as well. */
    refuse: (req: Request, res: Response, refusal: Refusal) => boolean;
  };
  pause?: (ms: number) => Promise<unknown>;
}

/** How whoever may not pass is told so. */
export interface Refusal {
  status: 401 | 429;
  message: string;
  headers: Readonly<Record<string, string | readonly string[]>>;
}

type Verdict = Access | 'wrong' | 'stale';

/**
 * Lets pass who has a key, or proves by Digest or Basic to be a user, and says so to `accessOf`; all others get 401 and
 * the text `Unauthorized`. While there is neither a key nor a user, everybody of this machine passes, whatever he shows.
 *
 * @throws (to `next`) UserError `unavailable` while the users cannot be read: only keys open then.
 */
export function authenticate(options: AuthenticateOptions): RequestHandler {
  const {
    credentials,
    keys,
    jobTokens,
    isLocal,
    prefixHeader,
    now,
    log,
    onWrong,
    door,
    pause = sleep,
  } = options;
  const nonces = new Nonces();
  const attempts = new Attempts();
  const passwords = new Passwords();

  const atOnce = (proof: Proof): Access | null => {
    for (const value of proof.keys) {
      const key = keys.findAtOnce(value);
      if (key === null) continue;
      keys.used(key);
      return accessOfKey(key);
    }
    return proof.basic === null ? null : jobTokens.accessOf(proof.basic.name, proof.basic.password);
  };

  const check = async (proof: Proof, users: Users, method: string, targets: string[]): Promise<Verdict> => {
    for (const value of proof.keys) {
      const key = await keys.find(value);
      if (key === null) continue;
      keys.used(key);
      return accessOfKey(key);
    }
    if (proof.basic !== null && (await passwords.isRight(proof.basic, users))) {
      return accessOfUser(inUtf8(proof.basic.name));
    }
    if (proof.digest === null) return 'wrong';
    const { verdict, user } = checkDigest(proof.digest, { method, targets }, users, nonces, now());
    return verdict === 'right' ? accessOfUser(inUtf8(user)) : verdict;
  };

  const refuse = (req: Request, res: Response, refusal: Refusal) => {
    if (door?.refuse(req, res, refusal) === true) return;
    const { status, message, headers } = refusal;
    res.set(headers).status(status).type('text/plain').send(message);
  };

  return async (req, res, next) => {
    const proof = readProof(req, takeApiKey(req));
    const enter = (access: Access) => {
      setAccess(req, access);
      next();
    };
    if (door?.isOpen(req) === true) {
      enter(NOBODY);
      return;
    }
    if (credentials === null && isLocal && keys.isEmpty()) {
      enter(ANYBODY);
      return;
    }
    const known = atOnce(proof);
    if (known !== null) {
      enter(known);
      return;
    }
    let users: Users = new Map();
    let fault: Error | null = null;
    try {
      if (credentials !== null) users = await credentials.users();
    } catch (error) {
      // It may be a key that a person chose, which is not told at once.
      if (proof.keys.length === 0) throw error;
      fault = toError(error);
    }
    if (proof.basic !== null && passwords.isKnown(proof.basic, users)) {
      enter(accessOfUser(inUtf8(proof.basic.name)));
      return;
    }
    let verdict: Verdict = 'wrong';
    if (!isEmpty(proof)) {
      const address = addressOf(req);
      const wait = attempts.book(address, now());
      if (wait === null) {
        refuse(req, res, TOO_MANY);
        return;
      }
      if (wait > 0) await pause(wait);
      // A browser behind a proxy proves itself for the path that it knows.
      const outside = forwardedPrefix(req.headers, prefixHeader) + req.originalUrl;
      verdict = await check(proof, users, req.method, [req.originalUrl, outside]);
      if (verdict === 'wrong') {
        attempts.failed(address, now());
        log.warn({ address, method: req.method, path: req.path }, 'a wrong key or password');
        onWrong?.(req);
      } else {
        attempts.right(address);
      }
    }
    if (typeof verdict === 'object') {
      enter(verdict);
      return;
    }
    if (fault !== null) throw fault;
    const digest = hasPlain(users) ? digestChallenges(nonces.create(now()), verdict === 'stale') : [];
    const challenges = [...digest, `Basic realm="${REALM}", charset="UTF-8"`];
    refuse(req, res, { status: 401, message: 'Unauthorized', headers: { 'WWW-Authenticate': challenges } });
  };
}

const TOO_MANY: Refusal = {
  status: 429,
  message: 'Too many wrong keys or passwords from this address: try again.',
  headers: { 'Retry-After': '10' },
};

function inUtf8(latin1: string): string {
  return Buffer.from(latin1, 'latin1').toString();
}
