// How the text of scrapyd's keys becomes that of our settings. What cannot be read is handed on, to be refused as ours is.

const DEFAULT_ADDRESS = '127.0.0.1';
const DEFAULT_PORT = '6800';

/** `bind_address` and `http_port` as HOST:PORT. */
export function addressText([address = '', port = '']: readonly string[]): string {
  const host = address === '' ? DEFAULT_ADDRESS : address;
  return `${host.includes(':') ? `[${host}]` : host}:${port === '' ? DEFAULT_PORT : port}`;
}

/** `max_proc`, which 0 leaves to `max_proc_per_cpu`. */
export function slotsText([slots = '', slotsPerCore = '']: readonly string[], cores: number): string {
  if (slots !== '' && slots !== '0') return slots;
  return /^\d+$/.test(slotsPerCore) ? String(Number(slotsPerCore) * cores) : slotsPerCore;
}

/** `jobs_to_keep`, of which 0 keeps all. */
export function keepText([jobs = '']: readonly string[]): string {
  return jobs === '0' ? 'off' : jobs;
}
