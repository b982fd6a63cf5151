import { isDeepStrictEqual } from 'node:util';
import type { Answered, Ask, Difference, Patch } from './scrapyd-request.ts';

/** Each place where Orbweaver does not answer as scrapyd did, or a difference is listed that is none; in words. */
export function faultsIn(ask: Ask, theirs: Answered, ours: Answered): string[] {
  const { ask: line, form = '', parts = {}, differs } = ask;
  const texts = Object.entries(parts).filter(([, value]) => typeof value === 'string');
  const request = [line, form, ...texts.map((part) => part.join(': '))].join(' ');
  const told = (fault: string) => [`${request}\n${fault}`.replaceAll('x'.repeat(5000), 'x…')];
  try {
    const wanted = expected(theirs, differs);
    const names = ['status', 'headers', 'body'] as const;
    const wrong = names.filter((name) => !isDeepStrictEqual(ours[name], wanted[name]));
    if (wrong.length === 0) return [];
    const show = (answered: Answered) => wrong.map((name) => JSON.stringify(answered[name])).join(' ');
    return told(`  wanted  ${show(wanted)}\n  but got ${show(ours)}`);
  } catch (error) {
    return told(`  ${String(error)}`);
  }
}

/**
 * What Orbweaver is to answer where scrapyd answered this.
 * @throws Error when the difference that is listed is none
 */
function expected(theirs: Answered, differs: Difference | undefined): Answered {
  if (differs === undefined) return theirs;
  const { status = theirs.status, headers = {}, body = {} } = differs;
  const ours = {
    status,
    headers: patched(theirs.headers, headers) as Answered['headers'],
    body: patched(theirs.body, body),
  };
  for (const name of ['status', 'headers', 'body'] as const) {
    if (differs[name] === undefined || !isDeepStrictEqual(ours[name], theirs[name])) continue;
    throw new Error(`No difference any more: scrapyd's ${name} is ${JSON.stringify(theirs[name])}, too.`);
  }
  return ours;
}

function patched(value: unknown, patch: Patch): unknown {
  if (Object.keys(patch).length === 0) return value;
  if (Array.isArray(value)) {
    return value.map((each, index) =>
      String(index) in patch ? inside(each, patch[index]) : (each as unknown),
    );
  }
  // Where the one sends a page and the other JSON nothing is common.
  const result: Record<string, unknown> = typeof value === 'object' ? { ...value } : {};
  for (const [name, change] of Object.entries(patch)) result[name] = inside(result[name], change);
  return Object.fromEntries(Object.entries(result).filter(([, each]) => each !== undefined));
}

function inside(value: unknown, change: Patch[string]): unknown {
  const isPatch = change !== null && typeof change === 'object' && !Array.isArray(change);
  return isPatch ? patched(value, change) : change;
}
