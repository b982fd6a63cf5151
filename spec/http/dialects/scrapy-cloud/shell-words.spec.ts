import { execFileSync } from 'node:child_process';
import { expect } from 'chai';
import { joinWords, splitWords } from '../../../../src/http/dialects/scrapy-cloud/shell-words.ts';

const LINES = [
  '',
  '   ',
  '-a x=1 -s LOG_LEVEL=INFO',
  `-a 'two words' "and \\"these\\" \\n $" a\\ b`,
  `mixed'quo ted'"parts"\\'`,
  `'' ""`,
  '  é\t🕷\nx ',
];

describe('a command line', () => {
  it("is split into the words that Python's shlex makes of it", () => {
    const script = 'import json,shlex,sys; print(json.dumps([shlex.split(x) for x in json.load(sys.stdin)]))';
    const words = JSON.parse(
      execFileSync('python3', ['-c', script], { input: JSON.stringify(LINES), encoding: 'utf8' }),
    ) as string[][];
    // Python keeps the backslash before a dollar and a backquote that a shell takes away; none are here.
    expect(LINES.map(splitWords)).to.deep.equal(words);
  });

  it('is one word where a quote does not end', () => {
    expect(splitWords(`a 'b`)).to.deep.equal([`a 'b`]);
    expect(splitWords('a \\')).to.deep.equal(['a \\']);
  });

  it('is made of words so that it is split into the same again', () => {
    for (const words of [['a'], ['a b', `c'd`, '"', '', '\\', '$(x)', '*'], []]) {
      expect(splitWords(joinWords(words))).to.deep.equal(words);
    }
  });
});
