import { expect } from 'chai';
import { readJobRequest } from '../../../../src/http/dialects/scrapy-do/job-request.ts';
import { Params } from '../../../../src/http/params.ts';

describe('the tags of schedule-job', () => {
  const read = (tags: string[]) => {
    const fields = [['project', 'quotes'], ['spider', 'css'], ...tags.map((tag) => ['tag', tag])];
    return readJobRequest(new Params({ fields } as never)).tags;
  };

  it('are words of any script, each once, in the order given', () => {
    const tags = ['nightly', '\u{1f577} spider', '\u{1f577}'.repeat(255)];
    expect(read([...tags, 'nightly'])).to.deep.equal(tags);
  });

  it('are none if none are given', () => {
    expect(read([])).to.deep.equal([]);
  });
});
