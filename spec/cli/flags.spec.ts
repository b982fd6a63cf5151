import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect } from 'chai';
import { parseFlags } from '../../src/cli/flags.ts';
import { SETTING_NAMES } from '../../src/config/table.ts';

/** They would stand in the list of processes. */
const SECRETS = ['username', 'password'];

const parse = (...args: string[]) => parseFlags(args, '1.2.3');

/** What a program prints that only reads its flags. */
function print(flag: string) {
  const flags = join(import.meta.dirname, '../../src/cli/flags.ts');
  const program = `import { parseFlags } from ${JSON.stringify(flags)}; parseFlags([${JSON.stringify(flag)}], '1.2.3'); console.log('started')`;
  return spawnSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' });
}

describe('the command line', () => {
  it('gives the text of each flag', () => {
    expect(parse('--data', '/d', '--job-slots=3')).to.deep.equal({ data: '/d', 'job-slots': '3' });
  });

  it('gives nothing for what was not said', () => {
    expect(parse()).to.deep.equal({});
  });

  it('joins a flag that is repeated', () => {
    expect(parse('--listen', '127.0.0.1:1', '--listen', '[::1]:2')).to.deep.equal({
      listen: '127.0.0.1:1 [::1]:2',
    });
  });

  it('takes a switch with and without a word', () => {
    expect(parse('--stop-spiders', '--capture-items', 'off')).to.deep.equal({
      'stop-spiders': 'on',
      'capture-items': 'off',
    });
  });

  const wrong: [string[], string][] = [
    [['--date', '/d'], 'Unknown option "--date"; did you mean "--data"?'],
    [['--zzzzzzzz'], 'Unknown option "--zzzzzzzz"; --help lists all flags.'],
    [['--data'], 'Option "--data <DIR>" argument missing; --help lists all flags.'],
    [['--password', 'secret'], 'Unknown option "--password"; --help lists all flags.'],
    [['--username', 'ann'], 'Unknown option "--username"'],
    [['data'], '"data" is neither a flag nor a command; --help lists them.'],
  ];
  for (const [args, message] of wrong) {
    it(`refuses "${args.join(' ')}" in words`, () => {
      expect(() => parse(...args))
        .to.throw(message)
        .with.property('name', 'UserError');
    });
  }

  it('prints the help, with every setting and its default, and does not start', () => {
    const { status, stdout, stderr } = print('--help');
    expect([status, stderr]).to.deep.equal([0, '']);
    for (const name of SETTING_NAMES.filter((each) => !SECRETS.includes(each))) {
      expect(stdout).to.contain(`--${name} `);
    }
    expect(stdout).to.contain('(default: 256M)').and.not.to.contain('started');
  });

  it('prints the version, and does not start', () => {
    expect(print('--version')).to.include({ status: 0, stdout: '1.2.3\n', stderr: '' });
  });
});
