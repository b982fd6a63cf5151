import type { CoreOf } from '../../core-of.ts';

/** What the parts of this dialect need. */
export interface OrbweaverOptions {
  coreOf: CoreOf;
  /** The header by which a proxy says under which path it serves the daemon. */
  prefixHeader: string;
  /** Milliseconds since the epoch. */
  now: () => number;
}
