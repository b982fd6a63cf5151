const GET = ['OPTIONS', 'HEAD', 'GET'];
const POST = ['OPTIONS', 'HEAD', 'POST'];

/** The eleven endpoints, and the methods that each takes; all say that HEAD is one, as scrapyd does. */
export const METHODS = {
  '/daemonstatus.json': GET,
  '/addversion.json': POST,
  '/schedule.json': POST,
  '/status.json': GET,
  '/cancel.json': POST,
  '/listprojects.json': GET,
  '/listversions.json': GET,
  '/listspiders.json': GET,
  '/listjobs.json': GET,
  '/delversion.json': POST,
  '/delproject.json': POST,
} as const satisfies Record<string, readonly string[]>;

export type EndpointPath = keyof typeof METHODS;

/** The methods of an endpoint; null for any other path. */
export function methodsOf(path: string): readonly string[] | null {
  return Object.hasOwn(METHODS, path) ? METHODS[path as EndpointPath] : null;
}
