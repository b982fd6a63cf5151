import { UserError } from '../../../errors.ts';
import { shown } from '../../shown.ts';

const LONGEST = 255;
const MOST = 1000;

/**
 * Tags, each once, in the order given; empty ones are left out.
 * @throws UserError `invalid` for what is no tag, and for too many
 */
export function checkTags(tags: readonly string[]): string[] {
  const checked = [...new Set(tags)].filter((tag) => tag !== '');
  const wrong = checked.find((tag) => tag.length > LONGEST || /\p{Cc}/u.test(tag));
  if (wrong !== undefined) {
    throw new UserError(
      'invalid',
      `"${shown(wrong)}" cannot be a tag: use 1 to ${LONGEST} characters, none of them a control character.`,
    );
  }
  if (checked.length > MOST) throw new UserError('invalid', `More than ${MOST} tags.`);
  return checked;
}

/**
 * Tags after a change: what is added comes last, what is there already stays where it is, and what is removed need not
 * be there.
 * @throws UserError `invalid` as {@link checkTags}
 */
export function changedTags(
  tags: readonly string[],
  { add, remove }: { add: readonly string[]; remove: readonly string[] },
): string[] {
  return checkTags([...tags.filter((tag) => !remove.includes(tag)), ...add]);
}
