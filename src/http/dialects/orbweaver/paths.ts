/** Where the native API is. */
export const ROOT = '/api/v1';

/** Whether a path is one of the native API. */
export function isNative(path: string): boolean {
  return path === ROOT || path.startsWith(`${ROOT}/`);
}
