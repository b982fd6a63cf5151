import { expect } from 'chai';
import type { Flags } from '../../src/config/sources.ts';
import { refusal, settle, withIni } from './support.ts';

/** What `scrapy_do/default.conf` of Scrapy Do 0.5 says. */
const SCRAPY_DO_DEFAULTS = `
[scrapy-do]
project-store = projects
job-slots = 3
completed-cap = 50

[web]
interfaces = 127.0.0.1:7654

https = off
key = scrapy-do.key
cert = scrapy-do.crt
chain =

auth = off
auth-db = auth.db

[web-modules]
status.json = scrapy_do.webservice.Status
get-log = scrapy_do.webservice.GetLog
`;

describe('settings', () => {
  it('have defaults', () => {
    expect(settle()).to.deep.equal({
      data: '/home/orbweaver/data',
      listen: [
        { host: '127.0.0.1', port: 7654 },
        { host: '127.0.0.1', port: 6800 },
      ],
      listenIsDefault: true,
      jobSlots: 8,
      environments: '/home/orbweaver/data/environments',
      unixSocket: null,
      nodeName: 'node7',
      logs: '/home/orbweaver/data/logs',
      items: '/home/orbweaver/data/items',
      python: null,
      packages: { index: null, wheels: null },
      tls: null,
      authDb: null,
      needsKey: null,
      user: null,
      allowedHosts: [],
      allowedOrigins: [],
      prefixHeader: 'x-forwarded-prefix',
      passEnv: [],
      captureItems: true,
      stopSpiders: false,
      keep: { count: 10_000 },
      finishedToKeep: 100,
      hostsMemory: 1024 ** 3,
      outputLimit: 1024 ** 3,
      uploadLimit: 256 * 1024 ** 2,
      archiveLimits: { entries: 50_000, unpackedBytes: 2 * 1024 ** 3, ratio: 200 },
      notices: [],
    });
  });

  it('come from flags before variables before the INI file', () => {
    const ini = '[scrapy-do]\njob-slots = 3\ncompleted-cap = 30\nproject-store = /ini';
    const env = { ORBWEAVER_JOB_SLOTS: '5', ORBWEAVER_COMPLETED_CAP: '50' };
    const { jobSlots, keep, data } = withIni(ini, { env, flags: { 'job-slots': '7' } });
    expect([jobSlots, keep.count, data]).to.deep.equal([7, 50, '/ini']);
  });

  it('take the INI file from a variable too', () => {
    const env = { ORBWEAVER_CONFIG: 'sd.conf' };
    expect(settle({ env, files: { '/cwd/sd.conf': '[scrapy-do]\njob-slots = 3' } }).jobSlots).to.equal(3);
  });

  it('take what is separated by a colon, as configparser does', () => {
    const { jobSlots, listen } = withIni('[scrapy-do]\njob-slots: 3\n[web]\ninterfaces = [::1]:1');
    expect({ jobSlots, listen }).to.deep.equal({ jobSlots: 3, listen: [{ host: '::1', port: 1 }] });
  });

  it("understand Scrapy Do's own file, and say what of it has no effect", () => {
    const settings = withIni(SCRAPY_DO_DEFAULTS);
    expect(settings).to.deep.include({
      data: '/etc/projects',
      listen: [{ host: '127.0.0.1', port: 7654 }],
      listenIsDefault: false,
      jobSlots: 3,
      keep: { count: 50 },
      tls: null,
      authDb: null,
    });
    expect(settings.notices).to.have.length(1);
    expect(settings.notices[0]).to.match(/^\[web-modules\] in "\/etc\/sd\.conf" is ignored/);
  });

  it('read paths from the working folder, in the INI file from its own, and ~ as home', () => {
    expect(settle({ flags: { data: 'd' } }).data).to.equal('/cwd/d');
    expect(settle({ env: { ORBWEAVER_DATA: '../d' } }).data).to.equal('/d');
    expect(settle({ env: { HOME: '/me' }, flags: { data: '~/d' } }).data).to.equal('/me/d');
    expect(withIni('[scrapy-do]\nproject-store = d').data).to.equal('/etc/d');
  });

  it('keep a Python command as it is, and make a path of one absolute', () => {
    expect(settle({ flags: { python: 'python3.12' } }).python).to.equal('python3.12');
    expect(settle({ flags: { python: 'bin/python' } }).python).to.equal('/cwd/bin/python');
  });

  it('take packages from an index as it is written, and from a folder', () => {
    expect(settle({}).packages).to.deep.equal({ index: null, wheels: null });
    const ini = '[orbweaver]\npip-index = https://ann:x@example.org/simple/\nwheels = w';
    expect(withIni(ini).packages).to.deep.equal({
      index: 'https://ann:x@example.org/simple/',
      wheels: '/etc/w',
    });
    for (const index of ['pypi.org', 'ftp://x/', 'https://', 'https://a b/']) {
      expect(() => settle({ flags: { 'pip-index': index } })).to.throw(
        `--pip-index: "${index}" is not the URL of a package index`,
      );
    }
  });

  it('let the environments follow the data folder', () => {
    expect(settle({ flags: { data: '/d' } }).environments).to.equal('/d/environments');
  });

  it('let logs and items follow the data folder, or be elsewhere, also by a file: URL', () => {
    expect(settle({ flags: { data: '/d' } })).to.include({ logs: '/d/logs', items: '/d/items' });
    const { logs, items } = settle({ flags: { data: '/d', logs: 'l', items: 'file:///i%20j' } });
    expect({ logs, items }).to.deep.equal({ logs: '/cwd/l', items: '/i j' });
  });

  it('take lists with commas and spaces, and the same address once', () => {
    const { listen } = withIni('[web]\ninterfaces = 127.0.0.1:7654, [::1]:7654 127.0.0.1:7654');
    expect(listen).to.deep.equal([
      { host: '127.0.0.1', port: 7654 },
      { host: '::1', port: 7654 },
    ]);
    expect(settle({ env: { ORBWEAVER_PASS_ENV: 'A,B_2' } }).passEnv).to.deep.equal(['A', 'B_2']);
    expect(settle({ flags: { 'allowed-hosts': 'Spiders.example.org' } }).allowedHosts).to.deep.equal([
      'spiders.example.org',
    ]);
    expect(settle({ flags: { 'allowed-origins': 'https://example.org/' } }).allowedOrigins).to.deep.equal([
      'https://example.org',
    ]);
  });

  it('take words for switches', () => {
    for (const word of ['on', 'yes', 'TRUE', '1']) {
      expect(settle({ flags: { 'stop-spiders': word } }).stopSpiders).to.equal(true);
    }
    for (const word of ['off', 'No', 'false', '0']) {
      expect(settle({ flags: { 'capture-items': word } }).captureItems).to.equal(false);
    }
    expect(withIni('[orbweaver]\ncapture-items = false').captureItems).to.equal(false);
  });

  it('switch retention by age and size on and off', () => {
    const ini = '[orbweaver]\nkeep-days = 14\nkeep-size = 20G';
    expect(withIni(ini).keep).to.deep.equal({ count: 10_000, ageMs: 14 * 86_400_000, bytes: 20 * 1024 ** 3 });
    expect(withIni(ini, { flags: { 'keep-days': 'off', 'keep-size': 'off' } }).keep).to.deep.equal({
      count: 10_000,
    });
  });

  it('limit the memory of spider hosts, or do not', () => {
    const ini = '[orbweaver]\nhosts-memory = 300M';
    expect(withIni(ini).hostsMemory).to.equal(300 * 1024 ** 2);
    expect(withIni(ini, { flags: { 'hosts-memory': 'off' } }).hostsMemory).to.equal(Infinity);
  });

  it('switch the retention of files on and off', () => {
    const ini = '[orbweaver]\nkeep-files = 5';
    expect(withIni(ini).keep).to.deep.equal({ count: 10_000, filesPerSpider: 5 });
    expect(withIni(ini, { flags: { 'keep-files': 'off' } }).keep).to.deep.equal({ count: 10_000 });
  });

  it('go past an empty variable or key', () => {
    expect(withIni('[scrapy-do]\njob-slots =', { env: { ORBWEAVER_JOB_SLOTS: '' } }).jobSlots).to.equal(8);
  });

  it('read an INI file with comments, capitals, quotes and a byte order mark', () => {
    const ini =
      '\uFEFF# mine\r\n[scrapy-do]\r\n; slots\r\nJob-Slots = 3 ; three\r\nproject-store = "/my spiders"\r\n';
    expect(withIni(ini)).to.include({ jobSlots: 3, data: '/my spiders' });
  });

  it('take what is no comment of an INI file whole', () => {
    const { data, jobSlots } = withIni('[scrapy-do]\nproject-store = /my#;spiders\njob-slots = 3 # three#\n');
    expect({ data, jobSlots }).to.deep.equal({ data: '/my#;spiders', jobSlots: 3 });
  });

  it('cannot be changed', () => {
    const settings = settle();
    for (const part of [
      settings,
      settings.listen,
      settings.listen[0],
      settings.keep,
      settings.archiveLimits,
    ]) {
      expect(part).to.be.frozen;
    }
  });

  it('tell of a variable that is none', () => {
    expect(settle({ env: { ORBWEAVER_SLOTS: '1' } }).notices).to.deep.equal([
      'The environment variable ORBWEAVER_SLOTS is ignored: there is no such setting.',
    ]);
  });
});

describe('a wrong setting', () => {
  const flags: [Flags, string][] = [
    [{ 'job-slots': 'zero' }, '--job-slots: "zero" is not a whole number, 1 or more.'],
    [{ 'job-slots': '0' }, '--job-slots: "0" is not a whole number, 1 or more.'],
    [{ 'job-slots': '1.5' }, '--job-slots: "1.5" is not a whole number, 1 or more.'],
    [{ 'completed-cap': '-1' }, '--completed-cap: "-1" is not a whole number, 0 or more.'],
    [{ 'output-limit': '0' }, '--output-limit: "0" is not a size such as 512K, 256M or 2G.'],
    [{ 'keep-size': 'much' }, '--keep-size: "much" is not a size such as 512K, 256M or 2G, or "off".'],
    [{ 'keep-days': '0' }, '--keep-days: "0" is not a whole number of days, 1 or more, or "off".'],
    [{ https: 'maybe' }, '--https: "maybe" is not "on" or "off".'],
    [{ data: '' }, '--data: "" is not a path.'],
    [
      { listen: '127.0.0.1:1 127.0.0.1' },
      '--listen: "127.0.0.1" is not HOST:PORT, such as 127.0.0.1:7654 or [::1]:7654.',
    ],
    [{ listen: '' }, '--listen: "" is not HOST:PORT, such as 127.0.0.1:7654 or [::1]:7654.'],
    [{ 'keep-files': '0' }, '--keep-files: "0" is not a whole number, 1 or more, or "off".'],
    [{ items: 's3://bucket/items' }, '--items: "s3://bucket/items" is not a folder of this machine.'],
    [{ logs: 'file://elsewhere/logs' }, '--logs: "file://elsewhere/logs" is not a folder of this machine.'],
    [{ 'node-name': 'a\nb' }, '--node-name: "a\nb" is not a line of text.'],
    [{ 'prefix-header': 'X Prefix' }, '--prefix-header: "X Prefix" is not the name of a header.'],
    [
      { 'unix-socket': `/${'s'.repeat(107)}` },
      `--unix-socket: "/${'s'.repeat(107)}" has 108 bytes, and the path of a socket 107 at most: choose a shorter one.`,
    ],
    [{ 'pass-env': 'A=1' }, '--pass-env: "A=1" is not the name of an environment variable.'],
    [{ 'allowed-hosts': 'a:80' }, '--allowed-hosts: "a:80" is not a host name without a port.'],
    [
      { 'allowed-origins': 'example.org' },
      '--allowed-origins: "example.org" is not an origin such as https://example.org.',
    ],
    [
      { 'allowed-origins': 'https://example.org/path' },
      '--allowed-origins: "https://example.org/path" is not an origin such as https://example.org.',
    ],
  ];
  for (const [wrong, message] of flags) {
    it(`is refused in a flag: ${message}`, () => {
      expect(refusal(() => settle({ flags: wrong }))).to.equal(message);
    });
  }

  it('names the variable', () => {
    expect(refusal(() => settle({ env: { ORBWEAVER_UPLOAD_LIMIT: '1Q' } }))).to.match(
      /^ORBWEAVER_UPLOAD_LIMIT: "1Q" is not/,
    );
  });

  it('names the key, the section and the file', () => {
    expect(refusal(() => withIni('[web]\nhttps = perhaps'))).to.equal(
      '"https" in [web] of "/etc/sd.conf": "perhaps" is not "on" or "off".',
    );
  });

  const inis: [string, RegExp][] = [
    [
      '[scrapy-do]\njob-slot = 3',
      /"job-slot" in \[scrapy-do\] is no setting; there are project-store, job-slots, completed-cap/,
    ],
    [
      '[scrapydo]\njob-slots = 3',
      /\[scrapydo\] is no section; there are \[scrapy-do\], \[web\], \[orbweaver\]/,
    ],
    ['[empty]\n', /\[empty\] is no section/],
    ['job-slots = 3', /"job-slots" stands before the first section/],
    ['[scrapy-do]\njob-slots 3', /"job-slots 3" in \[scrapy-do\] is no setting/],
    ['[web]\ninterfaces[] = a', /"interfaces" in \[web\] must be one line of text/],
    ['[web.modules]\na = b', /"modules" in \[web\] is no setting/],
    ['[__proto__]\na = b\n[constructor]\nc = d', /\[constructor\] is no section/],
  ];
  for (const [ini, message] of inis) {
    it(`in the INI file is refused: ${JSON.stringify(ini)}`, () => {
      expect(refusal(() => withIni(ini)))
        .to.match(message)
        .and.to.contain('"/etc/sd.conf"');
    });
  }

  it('is an INI file that is not there', () => {
    expect(refusal(() => settle({ flags: { config: 'no.conf' } }))).to.equal(
      'The settings file "/cwd/no.conf" cannot be read: there is no such file.',
    );
  });
});

describe('settings that belong together', () => {
  const files = { '/cwd/key': 'k', '/cwd/cert': 'c', '/cwd/chain': 'h', '/cwd/users': 'a:b' };

  it('make TLS', () => {
    const flags = { https: 'on', key: 'key', cert: 'cert' };
    expect(settle({ flags, files }).tls).to.deep.equal({ key: '/cwd/key', cert: '/cwd/cert', chain: null });
    expect(settle({ flags: { ...flags, chain: 'chain' }, files }).tls?.chain).to.equal('/cwd/chain');
  });

  it('are not looked at while HTTPS and authentication are off', () => {
    expect(settle({ flags: { key: 'none', cert: 'none', 'auth-db': 'none' } })).to.include({
      tls: null,
      authDb: null,
    });
  });

  it('are all needed for HTTPS, and readable', () => {
    expect(refusal(() => settle({ flags: { https: 'on', cert: 'cert' }, files }))).to.equal(
      '"https" is on and needs "key": set --key (or ORBWEAVER_KEY) to a file.',
    );
    expect(refusal(() => settle({ flags: { https: 'on', key: 'key' }, files }))).to.contain('needs "cert"');
    const noChain = { https: 'on', key: 'key', cert: 'cert', chain: 'none' };
    expect(refusal(() => settle({ flags: noChain, files }))).to.equal(
      '--chain: "/cwd/none" cannot be read: there is no such file.',
    );
  });

  it('are needed for authentication, and readable', () => {
    expect(settle({ flags: { auth: 'on', 'auth-db': 'users' }, files }).authDb).to.equal('/cwd/users');
    expect(refusal(() => settle({ flags: { auth: 'on' } }))).to.contain('"auth" is on and needs "auth-db"');
    expect(refusal(() => settle({ env: { ORBWEAVER_AUTH: 'on', ORBWEAVER_AUTH_DB: 'none' } }))).to.equal(
      'ORBWEAVER_AUTH_DB: "/cwd/none" cannot be read: there is no such file.',
    );
  });

  it('guard an address that others can reach, unless a key does', () => {
    const flags = { listen: '127.0.0.1:7654 0.0.0.0:7654' };
    expect(settle({ flags }).needsKey).to.equal(
      '--listen: "0.0.0.0" can be reached from other machines, which needs authentication: make a key by ' +
        '"orbweaver key create --name NAME", or set --auth (or ORBWEAVER_AUTH) to "on" and --auth-db (or ORBWEAVER_AUTH_DB) to a file with lines of "user:password", ' +
        'or set ORBWEAVER_USERNAME and ORBWEAVER_PASSWORD.',
    );
    expect(settle({ flags: { ...flags, auth: 'on', 'auth-db': 'users' }, files })).to.include({
      needsKey: null,
    });
    expect(settle().needsKey).to.equal(null);
  });

  it('make a user, who guards an address too', () => {
    const env = { ORBWEAVER_USERNAME: 'ann', ORBWEAVER_PASSWORD: ' s:cret' };
    const { user, needsKey } = settle({ env, flags: { listen: '0.0.0.0:7654' } });
    expect(user).to.deep.equal({ name: 'ann', password: ' s:cret' });
    expect(needsKey).to.equal(null);
  });

  it('are both needed for a user, in whose name there is no colon', () => {
    expect(refusal(() => settle({ env: { ORBWEAVER_USERNAME: 'ann' } }))).to.equal(
      'ORBWEAVER_USERNAME: a username alone guards nothing: set ORBWEAVER_PASSWORD too.',
    );
    expect(refusal(() => withIni('[orbweaver]\npassword = secret'))).to.equal(
      '"password" in [orbweaver] of "/etc/sd.conf": a password alone guards nothing: set ORBWEAVER_USERNAME too.',
    );
    expect(refusal(() => settle({ env: { ORBWEAVER_USERNAME: 'a:n', ORBWEAVER_PASSWORD: 'x' } }))).to.equal(
      'ORBWEAVER_USERNAME: its text is not the name of a user, in which there is no colon.',
    );
  });
});
