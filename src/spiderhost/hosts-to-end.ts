/**
 * Which hosts end so that the others keep the limit: idle ones only, also if that does not suffice.
 * @param bytes resident memory of every host that runs or is about to
 * @param idle those that may end, the least recently used first
 */
export function hostsToEnd<Host>(
  bytes: ReadonlyMap<Host, number>,
  idle: Iterable<Host>,
  limit: number,
): Host[] {
  let total = 0;
  for (const each of bytes.values()) total += each;
  const ending: Host[] = [];
  for (const host of idle) {
    if (total <= limit) break;
    total -= bytes.get(host) ?? 0;
    ending.push(host);
  }
  return ending;
}
