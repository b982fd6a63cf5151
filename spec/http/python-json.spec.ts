import { execFileSync } from 'node:child_process';
import { expect } from 'chai';
import fc from 'fast-check';
import { toJson } from '../../src/http/python-json.ts';

describe('the JSON of an answer', () => {
  it('has the spaces that Python puts in', () => {
    const value = { status: 'ok', jobs: [{ a: '{\n  "b": [1,2]}, ', c: null }, {}, []], none: [], n: 1.5 };
    const program = 'import json, sys; print(json.dumps(json.load(sys.stdin), ensure_ascii=False))';
    const python = execFileSync('python3', ['-c', program], {
      input: JSON.stringify(value),
      encoding: 'utf8',
    });
    expect(`${toJson(value)}\n`).to.equal(python);
  });

  it('means the same as without them, whatever is in it', () => {
    fc.assert(
      fc.property(
        fc.object({ key: fc.string({ unit: 'binary' }), values: [fc.string({ unit: 'binary' })] }),
        (value) => {
          expect(toJson(value)).to.not.contain('\n');
          expect(JSON.parse(toJson(value))).to.deep.equal(JSON.parse(JSON.stringify(value)));
        },
      ),
    );
  });
});
