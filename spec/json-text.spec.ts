import { expect } from 'chai';
import fc from 'fast-check';
import { UserError } from '../src/errors.ts';
import { assertJson, MAX_JSON_DEPTH, parseJson, toJsonText } from '../src/json-text.ts';

describe('JSON that comes back as it went in', () => {
  for (const text of [
    '9223372036854775807',
    '18446744073709551615',
    '123456789012345678901234567890',
    '1.0',
    '-0',
    '1e400',
    '1E5',
    '0.1',
    '{"b":[1.0,{"a":10000000000000000000}],"a":null}',
    '{"__proto__":{"x":1.0}}',
    '{"1.0":"1.0","-":["-0",{"__proto__":1.50}],"b":"\\"1.0"}',
    '"é 😀 \u2028"',
  ]) {
    it(`keeps ${text}`, () => {
      expect(toJsonText(parseJson(text))).to.equal(text);
    });
  }

  it('gives plain numbers as numbers', () => {
    expect(parseJson('[1,-2.5,9007199254740991]')).to.deep.equal([1, -2.5, 9007199254740991]);
  });

  it('keeps any value', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(JSON.parse(toJsonText(parseJson(text)))).to.deep.equal(JSON.parse(text));
      }),
    );
  });

  it('keeps any number', () => {
    fc.assert(
      fc.property(
        fc.array(fc.stringMatching(/^-?(0|[1-9]\d{0,25})(\.\d{1,5})?([eE][+-]?\d{1,3})?$/)),
        (all) => {
          const text = `[${all.join(',')}]`;
          expect(toJsonText(parseJson(text))).to.equal(text);
        },
      ),
    );
  });

  it('reads a long list of numbers in no time', () => {
    const text = `[${'0,'.repeat(500_000)}0]`;
    const began = performance.now();
    parseJson(text);
    expect(performance.now() - began).to.be.below(500);
  });

  it('writes on one line', () => {
    expect(toJsonText(parseJson('{\n  "a": "x\\ny"\n}'))).to.equal('{"a":"x\\ny"}');
  });

  it('says what is wrong with what is no JSON', () => {
    for (const text of ['', '{', '{1.0:2}', '[1.]', '[-]', '{"a":}', '[1,]', 'nothing', '01', '"a\nb"']) {
      for (const read of [parseJson, assertJson]) {
        expect(() => {
          read(text);
        }, text)
          .to.throw(UserError, /^This is not valid JSON: .+\.$/)
          .with.property('kind', 'invalid');
      }
    }
  });

  it('refuses what is nested too deep, and reads and writes what is just not', () => {
    const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
    expect(toJsonText(parseJson(nested(MAX_JSON_DEPTH)))).to.equal(nested(MAX_JSON_DEPTH));
    expect(() => parseJson(nested(MAX_JSON_DEPTH + 1))).to.throw(UserError, 'nested more than "1000" levels');
    expect(() => parseJson('{"a":'.repeat(100_000))).to.throw(UserError, 'nested');
    expect(parseJson(JSON.stringify('['.repeat(5000) + '\\"['))).to.equal('['.repeat(5000) + '\\"[');
  });
});
