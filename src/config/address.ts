import { BlockList, isIP, isIPv6 } from 'node:net';

/** Where to serve. */
export interface Address {
  /** Name or IP address, without brackets. */
  host: string;
  /** 0 lets the system choose. */
  port: number;
}

/** `127.0.0.1:7654`, `localhost:7654` or `[::1]:7654`; null when it is nothing of the kind. */
export function parseAddress(text: string): Address | null {
  const match = /^(?:\[(?<ipv6>[^\]]+)\]|(?<name>[a-z0-9._-]+)):(?<port>\d{1,5})$/i.exec(text);
  const { ipv6, name, port } = match?.groups ?? {};
  if (port === undefined || Number(port) > 65_535) return null;
  if (ipv6 !== undefined && !isIPv6(ipv6)) return null;
  return { host: ipv6 ?? name ?? '', port: Number(port) };
}

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8);
loopback.addAddress('::1', 'ipv6');

/** Whether only programs of this machine can reach a host. Of the names only `localhost` is known to be so. */
export function isLoopback(host: string): boolean {
  const family = isIP(host);
  if (family === 0) return host.toLowerCase() === 'localhost';
  return loopback.check(host, family === 6 ? 'ipv6' : 'ipv4');
}
