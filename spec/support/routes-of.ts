import type { Router } from 'express';
import type { CoreOf } from '../../src/http/core-of.ts';
import { allDialects, type DialectOptions } from '../../src/http/dialects/all.ts';

interface Layer {
  name: string;
  route?: { path: string | RegExp };
  handle: { stack?: Layer[] };
}

/** Handlers that answer nothing themselves: they let pass what is theirs, or say that nothing is there. */
const PASSING = ['unlessNative', 'unlessAnothers', 'nothingElse'];

/** Every route of every dialect, each once, as the routers themselves have them: `scrapyd /jobs`. */
export function everyRoute(): string[] {
  const names: string[] = [];
  const coreFor = (name: string): CoreOf => {
    names.push(name);
    return () => {
      throw new Error('Nobody asks.');
    };
  };
  // Only to be looked at: nothing else is needed to make them.
  const { dialects, rest } = allDialects({ coreFor } as unknown as DialectOptions);
  const routers = [...dialects, rest].map(({ router }) => router);
  const paths = routers.flatMap((router, index) =>
    pathsOf(router).map((path) => `${names[index] ?? ''} ${path}`),
  );
  return [...new Set(paths)];
}

function pathsOf(router: Router): string[] {
  return (router.stack as unknown as Layer[]).flatMap(({ name, route, handle }) => {
    if (route !== undefined) return [String(route.path)];
    if (PASSING.includes(name)) return [];
    if (handle.stack !== undefined) return pathsOf(handle as Router);
    // One that answers without a route has to stand in the table, too.
    return [`use ${name}`];
  });
}
