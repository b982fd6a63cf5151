import { expect } from 'chai';
import { forwardedPrefix } from '../../src/http/forwarded-prefix.ts';

const prefixOf = (value: string | string[] | undefined) =>
  forwardedPrefix({ 'x-forwarded-prefix': value }, 'X-Forwarded-Prefix');

describe('the prefix of a proxy', () => {
  it('is a path, of one segment or several, without the slash at its end', () => {
    expect(prefixOf('/one')).to.equal('/one');
    expect(prefixOf('/one/two.x/~a_b-c/%C3%A9/')).to.equal('/one/two.x/~a_b-c/%C3%A9');
    expect(prefixOf('/')).to.equal('');
  });

  it('is looked up by the name that is set, in any case', () => {
    expect(forwardedPrefix({ 'x-script-name': '/one' }, 'X-Script-Name')).to.equal('/one');
    expect(forwardedPrefix({ 'x-forwarded-prefix': '/one' }, 'x-script-name')).to.equal('');
  });

  it('is none when it is missing or sent twice', () => {
    expect(prefixOf(undefined)).to.equal('');
    expect(prefixOf('')).to.equal('');
    // As Node joins them.
    expect(prefixOf('/one, /two')).to.equal('');
    expect(prefixOf(['/one', '/two'])).to.equal('');
  });

  it('is none when it names another host, leaves its place or is not encoded', () => {
    for (const value of [
      '//evil.example',
      '/one//two',
      '/one//',
      'https://evil.example',
      'one',
      '/\\evil.example',
      '/one/../two',
      '/..',
      '/./one',
      '/one/%2e%2E/two',
      '/one/.%2e',
      '/one?x',
      '/one#x',
      '/one two',
      '/"><script>',
      "/'onclick=x",
      '/100%',
      '/%zz',
      '/é',
      '/one\n/two',
      '/one\n',
    ]) {
      expect(prefixOf(value), value).to.equal('');
    }
  });

  it('may have dots in a name', () => {
    expect(prefixOf('/v1.0/...')).to.equal('/v1.0/...');
  });
});
