import { expect } from 'chai';
import fc from 'fast-check';
import { UserError } from '../../src/errors.ts';
import { UrlencodedParser } from '../../src/http/urlencoded.ts';

/** Decodes in the chunks given; bytes as latin1 text. */
function decode(chunks: Buffer[]): [string, string][] {
  const fields: [string, string][] = [];
  const parser = new UrlencodedParser((name) => {
    const field: [string, string] = [name.toString('latin1'), ''];
    return {
      write: (bytes) => (field[1] += bytes.toString('latin1')),
      end: () => fields.push(field),
    };
  });
  for (const chunk of chunks) parser.write(chunk);
  parser.end();
  return fields;
}

/** The same, plainly: on the whole text, by split and replace. Throws on a broken escape. */
function decodePlainly(text: string): [string, string][] {
  const plain = (part: string) => {
    if (/%(?![0-9a-f]{2})/i.test(part)) throw new Error('broken');
    return part
      .replaceAll('+', ' ')
      .replace(/%(..)/g, (_all, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  };
  return text
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const [name = '', ...value] = pair.split('=');
      return [plain(name), plain(value.join('='))];
    });
}

function inChunks(bytes: Buffer, sizes: number[]): Buffer[] {
  const chunks: Buffer[] = [];
  let at = 0;
  for (const size of sizes) {
    chunks.push(bytes.subarray(at, at + size));
    at += size;
  }
  return [...chunks, bytes.subarray(at)];
}

const outcome = (run: () => unknown) => {
  try {
    return run();
  } catch {
    return 'refused';
  }
};

describe('UrlencodedParser', () => {
  it('gives back any names and values, whichever way the bytes are cut', () => {
    const bytes = fc.uint8Array({ maxLength: 40 }).map((array) => Buffer.from(array).toString('latin1'));
    const encode = (text: string) => Buffer.from(text, 'latin1').toString('hex').replace(/../g, '%$&');
    const fields = fc.array(fc.tuple(bytes, bytes), { maxLength: 5 });
    fc.assert(
      fc.property(fields, fc.array(fc.nat(9)), (pairs, sizes) => {
        const body = Buffer.from(pairs.map(([name, value]) => `${encode(name)}=${encode(value)}`).join('&'));
        expect(decode(inChunks(body, sizes))).to.deep.equal(pairs);
      }),
    );
  });

  it('agrees with a plain decoder on any text at all, refusals included', () => {
    const text = fc
      .array(fc.constantFrom('%', '%4', '%41', '%zz', '+', '&', '=', 'a', 'é', 'F', '\0', '%2'), {
        maxLength: 30,
      })
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, fc.array(fc.nat(4)), (body, sizes) => {
        const chunks = inChunks(Buffer.from(body, 'latin1'), sizes);
        expect(outcome(() => decode(chunks))).to.deep.equal(outcome(() => decodePlainly(body)));
      }),
      { numRuns: 2000 },
    );
  });

  it('quotes a broken escape, also one that the end cuts off', () => {
    expect(() => decode([Buffer.from('a=1%zz')])).to.throw(UserError, '"%zz"');
    expect(() => decode([Buffer.from('a=1%4')])).to.throw(UserError, '"%4"');
    expect(() => decode([Buffer.from('a=1%'), Buffer.from('4')])).to.throw(UserError, '"%4"');
  });

  it('passes a long value on as it comes', () => {
    let most = 0;
    let total = 0;
    const parser = new UrlencodedParser(() => ({
      write: (bytes) => {
        most = Math.max(most, bytes.length);
        total += bytes.length;
      },
      end: () => undefined,
    }));
    parser.write(Buffer.from('archive='));
    for (let i = 0; i < 100; i++) parser.write(Buffer.from('%00a+'.repeat(1000)));
    parser.end();
    expect(total).to.equal(300_000);
    expect(most).to.be.at.most(5000);
  });
});
