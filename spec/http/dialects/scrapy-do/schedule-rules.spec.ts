import { expect } from 'chai';
import { readJobRequest } from '../../../../src/http/dialects/scrapy-do/job-request.ts';
import { readScheduleRules } from '../../../../src/http/dialects/scrapy-do/schedule-rules.ts';
import { Params } from '../../../../src/http/params.ts';
import { NO_RULES } from '../../../../src/schedule/schedule.ts';

const paramsOf = (...fields: [string, string][]) => new Params({ fields } as never);

describe('the rules of schedule-job', () => {
  const read = (...fields: [string, string][]) => readScheduleRules(paramsOf(...fields));

  it('are those of a schedule without any, if none are given', () => {
    expect(read()).to.deep.equal(NO_RULES);
  });

  it('are fields of their own', () => {
    const rules = read(
      ['zone', 'Europe/Zurich'],
      ['from', '2026-12-01'],
      ['until', '2026-12-31'],
      ['except', '2026-12-24'],
      ['except', '2026-12-25'],
      ['jitter', '90s'],
      ['overlap', 'Skip'],
      ['missed', 'run-all up to 5'],
      ['max_runs', '12'],
    );
    expect(rules).to.deep.equal({
      zone: 'Europe/Zurich',
      from: '2026-12-01',
      until: '2026-12-31',
      except: '2026-12-24, 2026-12-25',
      jitter: '90s',
      overlap: 'skip',
      missed: 'run-all up to 5',
      maxRuns: 12,
    });
  });

  it('are refused with the words and numbers that would do', () => {
    expect(() => read(['overlap', 'never'])).to.throw(
      'Parameter "overlap" must be one of "allow", "skip", "queue-one", "replace", not "never".',
    );
    for (const text of ['0', '-1', '1.5', 'many', '']) {
      expect(() => read(['max_runs', text])).to.throw(
        `Parameter "max_runs" must be a whole number from 1, not "${text}".`,
      );
    }
    expect(() => read(['zone', 'UTC'], ['zone', 'UTC'])).to.throw('Parameter "zone" is given twice.');
  });

  it('are no arguments of the spider, and do not become reserved', () => {
    const { args } = readJobRequest(
      paramsOf(
        ['project', 'p'],
        ['spider', 's'],
        ['zone', 'UTC'],
        ['except', '2026-12-24'],
        ['arg', 'from=a'],
      ),
    );
    expect(args).to.deep.equal({ from: 'a' });
    expect(() => readJobRequest(paramsOf(['project', 'p'], ['spider', 's'], ['retries', '1']))).to.throw(
      'Parameter "retries" is reserved and not supported yet',
    );
  });
});
