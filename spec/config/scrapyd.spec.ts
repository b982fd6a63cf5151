import { expect } from 'chai';
import { refusal, settle, withIni } from './support.ts';

/** What scrapyd 1.6 comes with: every key that it has, at its default. */
const SCRAPYD_DEFAULTS = `
[scrapyd]
# Application options
application       = scrapyd.app.application
bind_address      = 127.0.0.1
http_port         = 6800
unix_socket_path  =
username          =
password          =
spiderqueue       = scrapyd.spiderqueue.SqliteSpiderQueue

# Poller options
poller            = scrapyd.poller.QueuePoller
poll_interval     = 5.0

# Launcher options
launcher          = scrapyd.launcher.Launcher
max_proc          = 0
max_proc_per_cpu  = 4
logs_dir          = logs
items_dir         =
jobs_dir          =
jobs_to_keep      = 5
runner            = scrapyd.runner

# Web UI and API options
webroot           = scrapyd.website.Root
prefix_header     = x-forwarded-prefix
debug             = off

# Egg storage options
eggstorage        = scrapyd.eggstorage.FilesystemEggStorage
eggs_dir          = eggs

# Job storage options
jobstorage        = scrapyd.jobstorage.MemoryJobStorage
finished_to_keep  = 100

# Directory options
dbs_dir           = dbs

[services]
schedule.json     = scrapyd.webservice.Schedule
cancel.json       = scrapyd.webservice.Cancel
`;

/** Values unlike any default. */
const SCRAPYD = `
[scrapyd]
bind_address = 127.0.0.2
http_port = 6801
unix_socket_path = run/scrapyd.sock
username = ann
password = 100%%;#'s
max_proc = 3
max_proc_per_cpu = 7
logs_dir = /var/log/scrapyd
items_dir = file:///srv/items
jobs_to_keep = 9
finished_to_keep = 50
node_name = node one
prefix_header = X-Prefix
`;

describe("scrapyd's settings", () => {
  it('are understood in its own file, which names what has no effect', () => {
    const settings = withIni(SCRAPYD_DEFAULTS);
    expect(settings).to.deep.include({
      listen: [{ host: '127.0.0.1', port: 6800 }],
      listenIsDefault: false,
      unixSocket: null,
      user: null,
      jobSlots: 8,
      logs: '/etc/logs',
      items: '/home/orbweaver/data/items',
      keep: { count: 10_000, filesPerSpider: 5 },
      finishedToKeep: 100,
      nodeName: 'node7',
      prefixHeader: 'x-forwarded-prefix',
    });
    expect(settings.notices).to.deep.equal([
      'Ignored of [scrapyd] in "/etc/sd.conf", for want of a counterpart: application, spiderqueue, poller, ' +
        'poll_interval, launcher, runner, webroot, debug, eggstorage, eggs_dir, jobstorage, dbs_dir.',
      '[services] in "/etc/sd.conf" is ignored: Orbweaver serves all of scrapyd\'s endpoints by itself.',
    ]);
  });

  it('set each what they have a counterpart for', () => {
    const settings = withIni(SCRAPYD);
    expect(settings).to.deep.include({
      listen: [{ host: '127.0.0.2', port: 6801 }],
      unixSocket: '/etc/run/scrapyd.sock',
      user: { name: 'ann', password: "100%;#'s" },
      jobSlots: 3,
      logs: '/var/log/scrapyd',
      items: '/srv/items',
      keep: { count: 10_000, filesPerSpider: 9 },
      finishedToKeep: 50,
      nodeName: 'node one',
      prefixHeader: 'x-prefix',
      notices: [],
    });
  });

  it('come from its variables before every INI section, and after ours', () => {
    const env = {
      SCRAPYD_BIND_ADDRESS: '::1',
      SCRAPYD_HTTP_PORT: '6802',
      SCRAPYD_UNIX_SOCKET_PATH: 'their.sock',
      SCRAPYD_USERNAME: 'bob',
      SCRAPYD_PASSWORD: 'hidden',
    };
    const ini = `${SCRAPYD}[web]\ninterfaces = 127.0.0.3:1\n[orbweaver]\nunix-socket = /our.sock\n`;
    const theirs = {
      listen: [{ host: '::1', port: 6802 }],
      unixSocket: '/cwd/their.sock',
      user: { name: 'bob', password: 'hidden' },
    };
    expect(withIni(ini, { env })).to.deep.include(theirs);
    const ours = { ORBWEAVER_LISTEN: '127.0.0.4:1', ORBWEAVER_UNIX_SOCKET: '/a', ORBWEAVER_USERNAME: 'cat' };
    expect(withIni(ini, { env: { ...env, ...ours } })).to.deep.include({
      listen: [{ host: '127.0.0.4', port: 1 }],
      unixSocket: '/a',
      user: { name: 'cat', password: 'hidden' },
    });
    const flags = { listen: '127.0.0.5:1' };
    expect(withIni(ini, { env, flags }).listen).to.deep.equal([{ host: '127.0.0.5', port: 1 }]);
  });

  it('give way to the sections of our own', () => {
    const ours =
      '[web]\ninterfaces = 127.0.0.3:1\n[scrapy-do]\njob-slots = 5\n[orbweaver]\nnode-name = two\n';
    expect(withIni(SCRAPYD + ours)).to.deep.include({
      listen: [{ host: '127.0.0.3', port: 1 }],
      jobSlots: 5,
      nodeName: 'two',
    });
  });

  it('have the address in two halves, of which either may be missing or a variable', () => {
    const address = (ini: string, env = {}) => withIni(`[scrapyd]\n${ini}`, { env }).listen;
    expect(address('http_port = 1')).to.deep.equal([{ host: '127.0.0.1', port: 1 }]);
    expect(address('bind_address = localhost')).to.deep.equal([{ host: 'localhost', port: 6800 }]);
    expect(address('bind_address = ::1', { SCRAPYD_HTTP_PORT: '2' })).to.deep.equal([
      { host: '::1', port: 2 },
    ]);
    expect(address('bind_address =\nhttp_port =')).to.have.length(2);
  });

  it('guard their address as ours', () => {
    expect(settle({ env: { SCRAPYD_BIND_ADDRESS: '0.0.0.0' } }).needsKey).to.match(
      /^SCRAPYD_BIND_ADDRESS: "0\.0\.0\.0" can be reached from other machines/,
    );
    const user = 'username = ann\npassword = secret\n';
    expect(withIni(`[scrapyd]\nbind_address = 0.0.0.0\n${user}`).needsKey).to.equal(null);
  });

  it('count processes as they do', () => {
    const slots = (ini: string) => withIni(`[scrapyd]\n${ini}`, { cores: 3 }).jobSlots;
    expect(slots('max_proc = 0\nmax_proc_per_cpu = 2')).to.equal(6);
    expect(slots('max_proc_per_cpu = 1')).to.equal(3);
    expect(slots('max_proc = 0')).to.equal(12);
    expect(slots('max_proc = 5')).to.equal(5);
  });

  it('keep the files of all jobs by the number 0', () => {
    expect(withIni('[scrapyd]\njobs_to_keep = 0').keep).to.deep.equal({ count: 10_000 });
  });

  it('are read in capitals and with colons', () => {
    expect(withIni('[scrapyd]\nHTTP_Port: 1\nNode_Name: a:b')).to.deep.include({
      listen: [{ host: '127.0.0.1', port: 1 }],
      nodeName: 'a:b',
    });
  });

  it('hold quotes, backslashes and what would be a comment elsewhere, as configparser reads them', () => {
    for (const password of ['a #b', 'a ;b', '#a', ';a', '"a"', "'a'", '"', 'a\\\\b\\#c', 'true', 'a = b']) {
      const ini = `[web]\nauth = off ; no\n[scrapyd]\n# password = x\n  ; username = y\nusername = ann\npassword = ${password}\n[web]\nhttps = off # no\n`;
      expect(withIni(ini).user, password).to.deep.equal({ name: 'ann', password });
    }
    const ini = '[scrapyd]\nusername: ann\npassword: 5%%(x)s %%\r\n';
    expect(withIni(ini).user).to.deep.equal({ name: 'ann', password: '5%(x)s %' });
  });

  it('may stand beside what is for other programs', () => {
    const ini =
      '[settings]\ndefault = p.settings\n[deploy:here]\nurl = http://x\n[environment]\nA = b\n[scrapyd]\n';
    const { notices } = withIni(ini);
    expect(notices.map((notice) => notice.split(' in ')[0])).to.deep.equal([
      '[settings]',
      '[deploy:here]',
      '[environment]',
    ]);
  });

  it('tell of a variable that is none', () => {
    expect(settle({ env: { SCRAPYD_MAX_PROC: '1' } }).notices).to.deep.equal([
      'The environment variable SCRAPYD_MAX_PROC is ignored: there is no such setting.',
    ]);
  });

  const wrong: [string, string][] = [
    [
      'http_port = http',
      '"http_port" in [scrapyd] of "/etc/sd.conf": "127.0.0.1:http" is not HOST:PORT, such as 127.0.0.1:7654 or [::1]:7654.',
    ],
    [
      'max_proc = many',
      '"max_proc" in [scrapyd] of "/etc/sd.conf": "many" is not a whole number, 1 or more.',
    ],
    [
      'jobs_to_keep = -1',
      '"jobs_to_keep" in [scrapyd] of "/etc/sd.conf": "-1" is not a whole number, 1 or more, or "off".',
    ],
    [
      'items_dir = s3://bucket/items',
      '"items_dir" in [scrapyd] of "/etc/sd.conf": "s3://bucket/items" is not a folder of this machine.',
    ],
    [
      'username = ann',
      '"username" in [scrapyd] of "/etc/sd.conf": a username alone guards nothing: set ORBWEAVER_PASSWORD too.',
    ],
    [
      'logs_dir = %(base)s/logs',
      'The settings file "/etc/sd.conf" is wrong: "logs_dir" in [scrapyd] refers to another key by "%(…)s": write its value out.',
    ],
    [
      'node_name[] = a',
      'The settings file "/etc/sd.conf" is wrong: "node_name" in [scrapyd] must be one line of text.',
    ],
  ];
  for (const [key, message] of wrong) {
    it(`are refused when wrong: ${key}`, () => {
      expect(refusal(() => withIni(`[scrapyd]\n${key}`))).to.equal(message);
    });
  }

  it('name both halves when the two are wrong together', () => {
    expect(
      refusal(() =>
        withIni('[scrapyd]\nbind_address = a b\nhttp_port = 1', { env: { SCRAPYD_HTTP_PORT: '2' } }),
      ),
    ).to.match(
      /^"bind_address" in \[scrapyd\] of "\/etc\/sd.conf" and SCRAPYD_HTTP_PORT: "a" is not HOST:PORT/,
    );
  });
});
