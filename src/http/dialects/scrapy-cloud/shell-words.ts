/** A word, or a part of one: quoted in one way or the other, escaped, or as it is. */
const PART = /'([^']*)'|"((?:[^"\\]|\\[^])*)"|\\([^])|([^\s'"\\]+)/y;

/**
 * The words of a command line, as a POSIX shell splits them. One that no shell would take, for a quote that does not end,
 * is a single word.
 */
export function splitWords(line: string): string[] {
  const words: string[] = [];
  let at = 0;
  while (at < line.length) {
    at += /^\s*/.exec(line.slice(at))?.[0].length ?? 0;
    if (at === line.length) break;
    let word = '';
    PART.lastIndex = at;
    for (let part = PART.exec(line); part !== null; part = PART.exec(line)) {
      const [, single, double, escaped, plain] = part;
      word += single ?? double?.replace(/\\([$`"\\])/g, '$1') ?? escaped ?? plain ?? '';
      at = PART.lastIndex;
    }
    if (at < line.length && !/\s/.test(line[at] ?? '')) return [line];
    words.push(word);
  }
  return words;
}

/** The same words as a command line. */
export function joinWords(words: readonly string[]): string {
  return words
    .map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`))
    .join(' ');
}
