import type { AuthenticateOptions } from '../auth/authenticate.ts';
import { builds, type BuildsOptions } from '../builds.ts';
import type { CoreOf } from '../core-of.ts';
import type { Dialect } from './dialect.ts';
import type { OrbweaverOptions } from './orbweaver/options.ts';
import { orbweaver, refuseNative } from './orbweaver/routes.ts';
import type { ScrapyCloudOptions } from './scrapy-cloud/options.ts';
import { cloudDoor, scrapyCloud } from './scrapy-cloud/routes.ts';
import { scrapyDo, type ScrapyDoOptions } from './scrapy-do/routes.ts';
import { scrapyd, type ScrapydOptions } from './scrapyd/routes.ts';

export type DialectOptions = Omit<
  ScrapyDoOptions & ScrapydOptions & ScrapyCloudOptions & OrbweaverOptions & BuildsOptions,
  'coreOf'
> & {
  /** The core for each request of a dialect, which the audit log calls by that name. */
  coreFor: (dialect: string) => CoreOf;
};

/** Every dialect: the first that owns a request answers it, the last one has the rest. */
export function allDialects({ coreFor, ...options }: DialectOptions): { dialects: Dialect[]; rest: Dialect } {
  return {
    dialects: [
      orbweaver({ ...options, coreOf: coreFor('orbweaver') }),
      scrapyCloud({ ...options, coreOf: coreFor('scrapy-cloud') }),
      scrapyd({ ...options, coreOf: coreFor('scrapyd') }),
      builds({ ...options, coreOf: coreFor('builds') }),
    ],
    rest: scrapyDo({ ...options, coreOf: coreFor('scrapy-do') }),
  };
}

/** What is different at the door for some of them. */
export const door: NonNullable<AuthenticateOptions['door']> = {
  isOpen: cloudDoor.isOpen,
  refuse: (...asked) => refuseNative(...asked) || cloudDoor.refuse(...asked),
};
