import { expect } from 'chai';
import { MASK, masked, valuesFor, type Variable } from '../../src/projects/variables.ts';

const variable = (name: string, value: string, changes: Partial<Variable> = {}): Variable => ({
  ...{ name, value, spider: null, secret: false },
  ...changes,
});
const secrets = (...values: string[]) => values.map((value) => variable('S', value, { secret: true }));

describe('the variables of a project', () => {
  const all = [
    variable('A', 'project'),
    variable('B', 'project'),
    variable('__proto__', 'kept'),
    variable('B', 'css', { spider: 'css' }),
    variable('C', 'css', { spider: 'css' }),
    variable('B', 'xpath', { spider: 'xpath' }),
  ];

  it('are for all spiders, and those of one spider go over them', () => {
    const common = [
      ['A', 'project'],
      ['B', 'project'],
      ['__proto__', 'kept'],
    ];
    expect(Object.entries(valuesFor(all, null))).to.have.deep.members(common);
    expect(Object.entries(valuesFor(all, 'other'))).to.have.deep.members(common);
    expect(Object.entries(valuesFor(all, 'css'))).to.have.deep.members([
      ['A', 'project'],
      ['B', 'css'],
      ['__proto__', 'kept'],
      ['C', 'css'],
    ]);
  });
});

describe('a text of ours', () => {
  it('has a mask wherever a secret was, and all that is no secret', () => {
    expect(masked('no hunter2, hunter2!', secrets('hunter2'))).to.equal(`no ${MASK}, ${MASK}!`);
    expect(masked('user ann', [variable('USER', 'ann')])).to.equal('user ann');
    expect(
      masked(
        'of one spider',
        secrets('one').map((each) => ({ ...each, spider: 'css' })),
      ),
    ).to.equal(`of ${MASK} spider`);
  });

  it('does not show the rest of a secret that begins with another', () => {
    expect(masked('it is abcdef', secrets('abc', 'abcdef'))).to.equal(`it is ${MASK}`);
  });

  const odd = `it's "a" \\ b\nc$&é*`;
  const forms: [string, string][] = [
    ['as JSON', JSON.stringify(odd)],
    ['quoted by Python', `'it\\'s "a" \\\\ b\\nc$&é*'`],
    ['quoted by Python for want of double quotes', `"it's \\\\ b"`],
    ['in a URL', `http://ann:${encodeURIComponent(odd)}@example.org`],
    ['by a long line of it', `in BEGIN${odd.split('\n')[0]}END`],
  ];
  for (const [how, text] of forms) {
    it(`shows no secret that stands there ${how}`, () => {
      const shown = masked(text, secrets(odd, "it's \\ b"));
      expect(shown).to.contain(MASK);
      expect(shown).to.not.match(/it.?.?s/);
    });
  }

  it('is left alone by the short lines of a secret, and by an empty one', () => {
    expect(masked('{ it } is\n', secrets('{\n"private": "x"\n}', ''))).to.equal('{ it } is\n');
  });
});
