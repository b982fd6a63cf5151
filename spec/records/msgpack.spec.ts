import { expect } from 'chai';
import { MsgpackWriter } from '../../src/records/msgpack.ts';

function packed(json: string): string {
  const writer = new MsgpackWriter();
  writer.append(Buffer.from(json));
  return writer.take().toString('hex');
}

describe('MessagePack of JSON text', () => {
  for (const [json, hex] of [
    ['null', 'c0'],
    ['[true,false]', '92c3c2'],
    ['0', '00'],
    ['127', '7f'],
    ['128', 'cc80'],
    ['256', 'cd0100'],
    ['65536', 'ce00010000'],
    ['4294967296', 'cf0000000100000000'],
    ['18446744073709551615', 'cfffffffffffffffff'],
    ['-0', '00'],
    ['-32', 'e0'],
    ['-33', 'd0df'],
    ['-129', 'd1ff7f'],
    ['-32769', 'd2ffff7fff'],
    ['-2147483649', 'd3ffffffff7fffffff'],
    ['-9223372036854775808', 'd38000000000000000'],
    ['18446744073709551616', 'b43138343436373434303733373039353531363136'],
    ['1.0', 'cb3ff0000000000000'],
    ['1e400', 'cb7ff0000000000000'],
    ['"a\\n\\u00e9"', 'a4610ac3a9'],
    ['"é"', 'a2c3a9'],
    ['"\\ud83d\\ude00"', 'a4f09f9880'],
    [' { "b" : 1 , "a" : [ { } , [ ] ] } ', '82a16201a161928090'],
  ] as const) {
    it(`packs ${json.trim()}`, () => {
      expect(packed(json)).to.equal(hex);
    });
  }

  it('gives long texts, lists and maps the heads that they need', () => {
    expect(packed(JSON.stringify('x'.repeat(32))).slice(0, 4)).to.equal('d920');
    expect(packed(JSON.stringify('x'.repeat(256))).slice(0, 6)).to.equal('da0100');
    expect(packed(JSON.stringify('x'.repeat(65536))).slice(0, 10)).to.equal('db00010000');
    expect(packed(JSON.stringify(Array(16).fill(7)))).to.equal(`dc0010${'07'.repeat(16)}`);
    expect(packed(JSON.stringify([Array(65536).fill(7)])).slice(0, 14)).to.equal('91dd0001000007');
    const map = Object.fromEntries(Array.from('abcdefghijklmnop', (name) => [name, [name]]));
    expect(packed(JSON.stringify(map)).slice(0, 18)).to.equal('de0010a16191a161a1'.slice(0, 18));
  });

  it('keeps nothing of what is cut off, nested too deep or no JSON', () => {
    const writer = new MsgpackWriter();
    for (const json of ['{"a":1', '['.repeat(1001), '{"a":nothing}', ']', '"\\x"'])
      expect(() => {
        writer.append(Buffer.from(json));
      }, json).to.throw(SyntaxError);
    expect(writer.take()).to.have.length(0);
  });
});
