import { availableParallelism, cpus, release, totalmem } from 'node:os';
import type { Environment } from '../../src/projects/environment.ts';

/** What was measured on: `2 cores (AMD EPYC), 24 GiB, Linux 6.1, Node 24.21.0, Python 3.11.7, Scrapy 2.19.0`. */
export function machine({ pythonVersion, scrapyVersion }: Environment): string {
  const cores = `${availableParallelism()} cores (${cpus()[0]?.model.trim() ?? 'unknown'})`;
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  const programs = `Node ${process.versions.node}, Python ${pythonVersion}, Scrapy ${scrapyVersion ?? 'none'}`;
  return `${cores}, ${memory}, Linux ${release()}, ${programs}`;
}
