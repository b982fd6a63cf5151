import type { JobTokens } from '../../../access/job-tokens.ts';
import type { Outputs } from '../../../jobs/outputs.ts';
import type { Records } from '../../../records/records.ts';
import type { CoreOf } from '../../core-of.ts';

/** What the parts of this dialect need. */
export interface ScrapyCloudOptions {
  coreOf: CoreOf;
  outputs: Outputs;
  records: Records;
  jobTokens: Pick<JobTokens, 'tokenOf'>;
  /** The header by which a proxy says under which path it serves the daemon. */
  prefixHeader: string;
  /** Where eggs arrive, and how large they may be once decoded. */
  uploads: { folder: string; maxBytes: number };
  /** Milliseconds since the epoch. */
  now: () => number;
}
