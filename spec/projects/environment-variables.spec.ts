import { expect } from 'chai';
import {
  checkVariableName,
  cleanEnvironment,
  pipEnvironment,
} from '../../src/projects/environment-variables.ts';

describe('cleanEnvironment', () => {
  it('keeps what every program needs', () => {
    const needed = { PATH: '/bin', HOME: '/home/a', LANG: 'C', LC_ALL: 'C.UTF-8', LC_TIME: 'C', TZ: 'UTC' };
    expect(cleanEnvironment(needed, [])).to.deep.equal(needed);
  });

  it('keeps proxies in both cases and certificate authorities', () => {
    const network = {
      http_proxy: 'a',
      HTTPS_PROXY: 'b',
      ALL_PROXY: 'c',
      no_proxy: 'd',
      SSL_CERT_FILE: 'e',
      SSL_CERT_DIR: 'f',
      REQUESTS_CA_BUNDLE: 'g',
      CURL_CA_BUNDLE: 'h',
    };
    expect(cleanEnvironment(network, [])).to.deep.equal(network);
  });

  it('drops everything else, also names that only look alike', () => {
    const rest = {
      AWS_SECRET_ACCESS_KEY: 'x',
      PYTHONPATH: 'x',
      MY_PATH: 'x',
      path: 'x',
      MY_HTTP_PROXY: 'x',
      LC: 'x',
    };
    expect(cleanEnvironment(rest, [])).to.deep.equal({});
  });

  it('keeps what is passed through by name, if it is set', () => {
    expect(
      cleanEnvironment({ TOKEN: '1', EMPTY: '', OTHER: '2' }, ['TOKEN', 'EMPTY', 'ABSENT']),
    ).to.deep.equal({
      TOKEN: '1',
      EMPTY: '',
    });
  });

  it('does not change what it is given', () => {
    const source = Object.freeze({ PATH: '/bin', TOKEN: 'x' });
    expect(cleanEnvironment(source, [])).to.deep.equal({ PATH: '/bin' });
  });
});

describe('checkVariableName', () => {
  it('takes letters, digits and underscores', () => {
    for (const name of ['A', 'a_1', '_', '__proto__']) checkVariableName(name);
  });

  for (const name of ['', '1A', 'A-B', 'É', 'A B', 'A\n', 'A=B']) {
    it(`refuses ${JSON.stringify(name)}`, () => {
      expect(() => {
        checkVariableName(name);
      })
        .to.throw(`"${name}" is no name of an environment variable`)
        .with.property('kind', 'invalid');
    });
  }
});

describe('pipEnvironment', () => {
  it("adds pip's own variables, and none of Python's", () => {
    const source = {
      PATH: '/bin',
      PIP_INDEX_URL: 'file:///mirror',
      PYTHONDONTWRITEBYTECODE: '1',
      TOKEN: 'x',
    };
    expect(pipEnvironment(source)).to.deep.equal({ PATH: '/bin', PIP_INDEX_URL: 'file:///mirror' });
  });
});
