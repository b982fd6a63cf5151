import { UserError } from '../errors.ts';
import type { Access } from './access.ts';

/** What somebody changed, or was kept from changing. */
export interface Change {
  /** One word: `push`, `schedule`, `cancel`, `remove`. */
  action: string;
  /** Project, spider, job, version, as far as they are known. */
  object: string;
  outcome: 'done' | 'refused' | 'failed';
  /** Why, if it was not done. */
  reason?: string;
}

export type Recorder = (change: Change) => void;

/** Does something, and records what came of it. */
export type MakeChange = <T>(action: string, object: string, work: () => T) => T;

/** @throws (whoever uses it) UserError `forbidden` before anything is done, if the access is read-only */
export function makeChange({ who, readOnly }: Access, record: Recorder): MakeChange {
  return (action, object, work) => {
    const done = <T>(result: T): T => {
      record({ action, object: object || nameOf(result), outcome: 'done' });
      return result;
    };
    const fault = (error: unknown): never => {
      const isRefused = error instanceof UserError && error.kind === 'forbidden';
      const reason = error instanceof UserError ? error.message : 'a fault of the daemon';
      record({ action, object, outcome: isRefused ? 'refused' : 'failed', reason });
      throw error;
    };
    try {
      if (readOnly)
        throw new UserError('forbidden', `The ${who.kind} "${who.name}" may read only, and change nothing.`);
      const result = work();
      // What is waited for is recorded at its end.
      return result instanceof Promise ? (result.then(done, fault) as typeof result) : done(result);
    } catch (error) {
      return fault(error);
    }
  };
}

/** What a push made, which names itself. */
function nameOf(result: unknown): string {
  if (typeof result !== 'object' || result === null || !('project' in result) || !('name' in result))
    return '';
  return `${String(result.project)} ${String(result.name)}`;
}
