import { expect } from 'chai';
import { parseSize } from '../../src/config/size.ts';

describe('a size', () => {
  const right: [string, number][] = [
    ['0', 0],
    ['4096', 4096],
    ['4096B', 4096],
    ['512K', 512 * 1024],
    ['512k', 512 * 1024],
    ['256M', 256 * 1024 ** 2],
    ['256 MiB', 256 * 1024 ** 2],
    ['256MB', 256 * 1024 ** 2],
    ['1.5G', 1.5 * 1024 ** 3],
    [' 2T ', 2 * 1024 ** 4],
  ];
  for (const [text, bytes] of right) {
    it(`"${text}" is ${bytes} bytes`, () => {
      expect(parseSize(text)).to.equal(bytes);
    });
  }

  for (const text of [
    '',
    'M',
    '-1',
    '1e3',
    '0x10',
    '12Q',
    '1.M',
    '.5G',
    '1 2',
    'KiB',
    '9007199254740992',
    '99999999T',
  ]) {
    it(`"${text}" is none`, () => {
      expect(parseSize(text)).to.equal(null);
    });
  }
});
