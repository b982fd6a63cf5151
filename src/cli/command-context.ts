import type { Flags } from '../config/sources.ts';
import type { Input } from './variable-changes.ts';

/** What commands need from around them. */
export interface CommandContext {
  /** Absolute path of the data folder, as the daemon with these flags finds it. */
  dataFolder: (flags: Flags) => string;
  /** Writes a line to stdout. */
  print: (line: string) => void;
  /** Writes a line to stderr: for the person, not for a script. */
  tell: (line: string) => void;
  /** Its stdin. */
  input: Input;
  /** Asks for a secret, which is not shown. */
  secret: () => Promise<string>;
}
