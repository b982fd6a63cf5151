import { builds, type BuildsOptions } from '../builds.ts';
import type { CoreOf } from '../core-of.ts';
import type { Dialect } from './dialect.ts';
import type { ScrapyCloudOptions } from './scrapy-cloud/options.ts';
import { scrapyCloud } from './scrapy-cloud/routes.ts';
import { scrapyDo, type ScrapyDoOptions } from './scrapy-do/routes.ts';
import { scrapyd, type ScrapydOptions } from './scrapyd/routes.ts';

export type DialectOptions = Omit<
  ScrapyDoOptions & ScrapydOptions & ScrapyCloudOptions & BuildsOptions,
  'coreOf'
> & {
  /** The core for each request of a dialect, which the audit log calls by that name. */
  coreFor: (dialect: string) => CoreOf;
};

/** Every dialect: the first that owns a request answers it, the last one has the rest. */
export function allDialects({ coreFor, ...options }: DialectOptions): { dialects: Dialect[]; rest: Dialect } {
  return {
    dialects: [
      scrapyCloud({ ...options, coreOf: coreFor('scrapy-cloud') }),
      scrapyd({ ...options, coreOf: coreFor('scrapyd') }),
      builds({ ...options, coreOf: coreFor('builds') }),
    ],
    rest: scrapyDo({ ...options, coreOf: coreFor('scrapy-do') }),
  };
}
