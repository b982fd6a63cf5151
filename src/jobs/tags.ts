/** Most characters of a tag. */
export const LONGEST_TAG = 255;

/** Whether a text can be a tag: it is not empty, not too long, and without control characters. */
export function isTag(text: string): boolean {
  const length = Array.from(text).length;
  return length >= 1 && length <= LONGEST_TAG && !/\p{Cc}/u.test(text);
}
