/** Everything that the storage serves, at the root and under `/storage`. */
const STORAGE =
  /^\/(storage\/)?(jobq|projects|spiders|ids|activity|requests|samples|collections|hcf|botgroups|system)(\/|$)/;

/** `/jobs`, `/logs` and `/items` are scrapyd's, unless their names are numbers. */
const NUMBERED = /^\/(jobs|logs|items)\/\d+(\/\d+){0,3}$|^\/(jobs|logs|items)\/\d+\/\d+\/\d+(\/\d+)?\/[^/]+$/;

/** Whether a path is one of the API of the dashboard. */
export function isDash(path: string): boolean {
  return path.startsWith('/api/') && !/^\/api\/v1(\/|$)/.test(path);
}

/** Whether a path is one of the storage. */
export function isStorage(path: string): boolean {
  // Under `/storage` there is nobody else.
  return path.startsWith('/storage/') || STORAGE.test(path) || NUMBERED.test(path);
}

/** The clock of the storage is asked before there is a key. */
export function isOpenToAll(path: string): boolean {
  return /^(\/storage)?\/system\/ts$/.test(path);
}
