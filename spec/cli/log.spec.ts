import { expect } from 'chai';
import { readable } from '../../src/cli/log.ts';

describe('the log on a terminal', () => {
  const line = (level: number, details: object) =>
    readable(JSON.stringify({ level, time: '2026-11-22T12:30:05.000Z', ...details, msg: 'job over' }));

  it('has a line with time, message and details, without what is null', () => {
    const exit = { code: 0, signal: null, reason: null };
    expect(line(30, { job: 'a', state: 'SUCCESSFUL', exit })).to.match(
      /^\d\d:30:05 job over {2}job=a state=SUCCESSFUL code=0\n$/,
    );
  });

  it('marks warnings and errors', () => {
    expect(line(40, { error: 'why' })).to.match(/ WARN job over {2}error=why\n$/);
    expect(line(50, { projects: ['a'] })).to.match(/ ERROR job over {2}projects=\["a"\]\n$/);
  });
});
