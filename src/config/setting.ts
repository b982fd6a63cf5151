import type { z } from 'zod';

/** One setting: all that is said about it anywhere. */
export interface Setting {
  /** Section and key in an INI file; null if it cannot be set there. */
  ini: readonly [section: string, key: string] | null;
  /** What stands for the value in the help; a switch may go without a value. */
  placeholder: string;
  help: string;
  /** Reads the text of the flag, the variable or the INI file. */
  schema: z.ZodType<unknown, string>;
  /** As text; null for none, or for one that is computed, which `help` then names. */
  default: string | null;
  /** Its flag may be repeated. */
  isList?: boolean;
  /** Relative to the INI file if that names it, else to the working folder. A `command` only where it has a slash. */
  isPath?: boolean | 'command';
  /** Has no flag: everybody on the machine can see command lines. */
  isSecret?: boolean;
  scrapyd?: ScrapydCounterpart;
}

/** What scrapyd has for a setting. */
export interface ScrapydCounterpart {
  /** Keys in `[scrapyd]`, each with the variable that goes before it, if scrapyd has one. */
  keys: Readonly<Record<string, string | null>>;
  /**
   * Makes the setting's text of what was said by each key, in their order: '' where nothing, and to say nothing.
   * Without it there is one key, and its text is the setting's.
   */
  toText?: (texts: readonly string[], cores: number) => string;
}
