import { expect } from 'chai';
import { isLoopback, parseAddress } from '../../src/config/address.ts';

describe('an address', () => {
  it('is a host and a port', () => {
    expect(parseAddress('127.0.0.1:7654')).to.deep.equal({ host: '127.0.0.1', port: 7654 });
    expect(parseAddress('localhost:0')).to.deep.equal({ host: 'localhost', port: 0 });
    expect(parseAddress('[::1]:65535')).to.deep.equal({ host: '::1', port: 65_535 });
  });

  for (const text of [
    '',
    '7654',
    ':7654',
    'localhost',
    'localhost:',
    'localhost:65536',
    '::1:7654',
    '[::1]',
    '[host]:80',
    '*:80',
    'a b:80',
    'http://localhost:80',
    '127.0.0.1:-1',
  ]) {
    it(`"${text}" is none`, () => {
      expect(parseAddress(text)).to.equal(null);
    });
  }

  for (const host of [
    '127.0.0.1',
    '127.1.2.3',
    '::1',
    '0:0:0:0:0:0:0:1',
    '::ffff:127.0.0.1',
    'localhost',
    'LOCALHOST',
  ]) {
    it(`"${host}" is for this machine only`, () => {
      expect(isLoopback(host)).to.equal(true);
    });
  }

  for (const host of [
    '0.0.0.0',
    '::',
    '128.0.0.1',
    '192.168.1.1',
    'fe80::1',
    '::ffff:10.0.0.1',
    'example.org',
    'localhost.example.org',
    '127.0.0.1.example.org',
  ]) {
    it(`"${host}" is not`, () => {
      expect(isLoopback(host)).to.equal(false);
    });
  }
});
