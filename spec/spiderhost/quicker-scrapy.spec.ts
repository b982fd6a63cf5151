import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { PYTHON_FOLDER } from '../../src/spiderhost/host-folder.ts';
import { ENVIRONMENT_TIMEOUT_MS, sharedEnvironment } from '../support/environment.ts';

/** Prints as JSON what Scrapy does before and after, and what was counted meanwhile. */
const BEFORE_AND_AFTER = `
import importlib.metadata, json, re, sys
sys.path.append(sys.argv[1])
from scrapy.settings import Settings
from scrapy.utils import versions
from _orbweaver_spiderhost.quicker_scrapy import quicken

own = {"list": [1], "deep": {"text": "a"}}
settings = Settings({"OWN": own, "TEXT": "a", "NONE": None, "CLASS": Settings}, priority="cmdline")
settings["ITSELF"] = settings
settings.attributes["TEXT"].more = ["b"]

def copied():
    copy = settings.copy()
    copy["OWN"]["deep"]["text"] = "changed"
    copy.attributes["TEXT"].more.append("changed")
    return {
        "values": {name: re.sub("0x[0-9a-f]+", "", repr(value)) for name, value in copy.items() if name != "ITSELF"},
        "priorities": {name: copy.getpriority(name) for name in copy},
        "leads back": copy["ITSELF"] is copy,
        "original": [own, settings.attributes["TEXT"].more],
    }

read = importlib.metadata.distribution
looked_up = []
importlib.metadata.distribution = lambda name: looked_up.append(name) or read(name)

before = copied(), versions.get_versions()
looked_up.clear()
quicken()
after = copied(), versions.get_versions()
once = len(looked_up)
versions.get_versions()
print(json.dumps({"before": before, "after": after, "once": once, "twice": len(looked_up)}))
`;

describe('what Scrapy does anew in each crawl', () => {
  it('has the same outcome in the forks of a host, and the versions of packages are read once', async function () {
    this.timeout(ENVIRONMENT_TIMEOUT_MS);
    const { python } = await sharedEnvironment();
    const { stdout } = await promisify(execFile)(python, ['-c', BEFORE_AND_AFTER, PYTHON_FOLDER]);
    const { before, after, once, twice } = JSON.parse(stdout) as Record<string, unknown>;
    expect(after).to.deep.equal(before);
    expect(after).to.have.nested.property('0.leads back', true);
    expect(after)
      .to.have.nested.property('0.original')
      .that.deep.equals([{ list: [1], deep: { text: 'a' } }, ['b']]);
    expect(once).to.be.above(0);
    expect(twice).to.equal(once);
  });
});
