import type { Recurrence } from '../recurrence/recurrence.ts';
import { looksLikeCron, readCron } from './cron.ts';
import { readEvery } from './every.ts';
import { Bent, Fault } from './fault.ts';
import { looksLikeOnce, readOnce } from './once.ts';
import { readCalendarText } from './words.ts';

/**
 * Reads a spec without its suffixes, from words in lower case. Where several grammars could read it, ours wins.
 * @throws Fault
 */
export function readBody(words: readonly string[]): Recurrence | 'now' {
  if (looksLikeCron(words)) return readCron(words);
  if (looksLikeOnce(words)) return readOnce(words);
  if (/^(at|on|of|in|after|before)$/.test(words[0] ?? '')) return readCalendarText(words);
  try {
    return readEvery(words);
  } catch (fault) {
    if (!(fault instanceof Fault) || words[0] !== 'every') throw fault;
    return readEveryInCalendar(words, fault);
  }
}

/** @param fault what is wrong with it in our own grammar */
function readEveryInCalendar(words: readonly string[], fault: Fault): Recurrence {
  try {
    return readCalendarText(words);
  } catch (other) {
    if (!(other instanceof Fault)) throw other;
    throw other instanceof Bent ? other : fault;
  }
}
