/**
 * JSON with the spaces that Python puts in, which scripts with `grep '"status": "ok"'` count on. A line feed inside
 * a string is escaped, so those replaced here are only the indentation's.
 */
export function toJson(value: object): string {
  return JSON.stringify(value, null, 1)
    .replace(/([{[])\n */g, '$1')
    .replace(/\n *([}\]])/g, '$1')
    .replace(/,\n */g, ', ');
}
