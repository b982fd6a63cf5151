import { expect } from 'chai';
import { PEER_TIMEOUT_MS } from '../support/peer-environment.ts';
import { KEY, LIMITED_KEY, ScrapyCloudDaemon } from '../support/scrapy-cloud-daemon.ts';
import { scrapinghubWithoutMsgpack, scrapyCloudPeers } from '../support/scrapy-cloud-peers.ts';
import { ScrapyCloudPython } from '../support/scrapy-cloud-python.ts';

const OTHER = 33;

/** Text and numbers that are easily spoiled on their way. */
const SPOILED = String.raw`rows = [
    {"integers": [2**53 + 1, 2**63 - 1, -(2**63), 2**64 - 1, 0], "floats": [1.0, 0.1, -0.0, 1e300]},
    {"text": "é \U0001f577 \u2028 \u0085 \x00 \" \\", "nothing": None, "yes": True, "no": False},
    {"nested": [{"deep": [[[]]]}, {}], "": "empty name", "é": 1},
]`;

for (const [what, environmentOf, hasMsgpack] of [
  ['with msgpack', scrapyCloudPeers, true],
  ['without msgpack', scrapinghubWithoutMsgpack, false],
] as const) {
  describe(`the real python-scrapinghub ${what}`, function () {
    this.timeout(60_000);
    const id = hasMsgpack ? 31 : 32;
    let cloud: ScrapyCloudDaemon;
    let python: ScrapyCloudPython;

    before(async function () {
      this.timeout(PEER_TIMEOUT_MS);
      const environment = await environmentOf();
      cloud = await ScrapyCloudDaemon.start({
        [id]: { name: 'held', held: true, limitedKey: true },
        [OTHER]: { name: 'other', held: true },
      });
      python = await ScrapyCloudPython.start({ environment, env: cloud.env, key: KEY });
      await python.run(
        `
        project = client.get_project(${id})
        spider = project.spiders.get("first", create=True)
        counter = iter(range(1, 10**6))
        def run(**options):
            "A job with arguments that no other has."
            return spider.jobs.run(job_args={"nth": next(counter)}, **options)
        def states(*jobs):
            return [job.metadata.get("state") for job in jobs]
      `.replaceAll(/^ {8}/gm, ''),
      );
    });
    after(async () => {
      await python[Symbol.asyncDispose]();
      await cloud[Symbol.asyncDispose]();
    });
    const run = (source: string) => python.run(source);

    it('finds the daemon by two environment variables, and its projects', async () => {
      expect(python.hasMsgpack).to.equal(hasMsgpack);
      expect(await run('client.projects.list()')).to.have.members([id, OTHER]);
      expect(await run('connection.project_ids()')).to.have.members([id, OTHER]);
      expect(await run('storage.server_timestamp()')).to.be.closeTo(Date.now(), 60_000);
    });

    it('makes a job, and reads what was asked and what the daemon adds', async () => {
      const metadata = await run(`
job = spider.jobs.run(job_args={"a": "1", "b": "é"}, job_settings={"LOG_LEVEL": "INFO", "N": 1}, units=3, priority=4,
                      add_tag=["x", "y"], cmd_args="-s A=1", environment={"E": "1"}, meta={"mine": [1.0, None]})
dict(job.metadata.iter())`);
      expect(metadata).to.deep.include({
        project: id,
        spider: 'first',
        state: 'pending',
        spider_args: { a: '1', b: 'é' },
        job_settings: { LOG_LEVEL: 'INFO', N: 1 },
        units: 3,
        priority: 4,
        tags: ['x', 'y'],
        environment: { E: '1' },
        mine: [1, null],
        spider_type: 'manual',
        api_url: `${cloud.url}/api/`,
      });
      expect(metadata.pending_time).to.be.closeTo(Date.now(), 60_000);
      expect(await run('job.key.startswith(spider.key + "/")')).to.equal(true);
    });

    it('is told of a job that waits or runs already, and of what does not exist', async () => {
      await run('spider.jobs.run(job_args={"one": "of a kind"})');
      expect(await python.raised('spider.jobs.run(job_args={"one": "of a kind"})')).to.match(
        /^DuplicateJobError: .*already scheduled/,
      );
      expect(await python.raised('project.jobs.run("nobody")')).to.match(/^BadRequest: .*"nobody"/);
      expect(await python.raised('project.spiders.get("nobody")')).to.match(/^NotFound: /);
      expect(await python.raised(`client.get_job("${id}/999/1").finish()`)).to.match(/^NotFound: /);
      expect(await python.raised('client.get_project(999).jobs.count()')).to.match(/^NotFound: .*999/);
    });

    it('moves a job through its states, and gives it metadata on the way', async () => {
      const seen: unknown[] = await run(`
job = run()
[job.start(host="here"), job.finish(close_reason="done"), states(job)[0], job.metadata.get("close_reason"),
 job.metadata.get("host"), job.delete(), states(job)[0], job.metadata.get("close_reason")]`);
      expect(seen).to.deep.equal([
        ...['pending', 'running', 'finished', 'done', 'here', 'finished', 'deleted', 'done'],
      ]);
    });

    it('cancels what waits at once, and asks what runs elsewhere to stop', async () => {
      const seen: unknown[] = await run(`
waits, runs, third = run(), run(meta={"state": "running"}), run()
waits.cancel(); runs.cancel()
answer = project.jobs.cancel(keys=[third.key, "${id}/999/1"])
[states(waits, runs, third), waits.metadata.get("close_reason"), bool(runs.metadata.get("cancelled_by")), answer]`);
      expect(seen).to.deep.equal([['finished', 'running', 'finished'], 'cancelled', true, { count: 1 }]);
    });

    it('counts and lists jobs by state, spider and tag, the newest first', async () => {
      const seen: unknown[] = await run(`
other = project.spiders.get("second", create=True)
made = {}
for name, tags in {"a": ["red"], "b": ["blue"], "c": ["red", "blue"], "d": []}.items():
    made[name] = other.jobs.run(job_args={"name": name}, add_tag=tags, meta={"state": "finished"})
running = other.jobs.run(meta={"state": "running"})
named = {job.key: name for name, job in made.items()}
def names(**filters):
    return "".join(named[row["key"]] for row in other.jobs.iter(**filters))
[names(), names(has_tag=["red", "blue"]), names(lacks_tag=["red", "blue"]), names(has_tag="red", lacks_tag="blue"),
 names(count=2), names(start=1, count=2), names(stop=made["b"].key), other.jobs.count(), other.jobs.count(has_tag="red"),
 other.jobs.count(state=["running", "finished"]), [row["key"] == running.key for row in other.jobs.iter(state="running")],
 [row["key"] for row in other.jobs.iter_last()] == [made["d"].key],
 [(part["name"], part["count"], len(part["summary"])) for part in other.jobs.summary(count=3)],
 sorted(next(other.jobs.iter(meta=["tags"])).keys())]`);
      expect(seen).to.deep.equal([
        ...['dcba', 'cba', 'd', 'a', 'dc', 'cb', 'dc', 4, 2, 5, [true], true],
        [
          ['pending', 0, 0],
          ['running', 1, 1],
          ['finished', 4, 3],
        ],
        ['elapsed', 'key', 'state', 'tags', 'ts'],
      ]);
    });

    it('writes and reads items, and they come back as they went in', async () => {
      const seen: unknown[] = await run(`
${SPOILED}
job = run(meta={"state": "running"})
for row in rows:
    job.items.write(row)
job.items.close()
read = job.items.list()
as_json = ScrapinghubClient(${JSON.stringify(KEY)}, use_msgpack=False).get_job(job.key)
[json.dumps(read) == json.dumps(rows), [row["_key"] for row in job.items.iter(meta=["_key"])],
 job.items.stats()["totals"]["input_values"], list(job.items.list_iter(chunksize=2)) == [rows[:2], rows[2:]],
 job.items.list(count=1, offset=1) == rows[1:2], job.items.get(2) == rows[2],
 [row["_key"] for row in storage.get_job(job.key).items.iter_values(startafter=job.key + "/1")],
 json.dumps(as_json.items.list()) == json.dumps(rows), job.key]`);
      const key = String(seen.pop());
      expect(seen).to.deep.equal([
        true,
        [0, 1, 2].map((n) => `${key}/${n}`),
        3,
        true,
        true,
        true,
        [`${key}/2`],
        true,
      ]);
    });

    it('stores a batch once that it sends twice', async () => {
      const seen: unknown[] = await run(`
job = run(meta={"state": "running"})
for start, numbers in [(0, [0, 1, 2]), (0, [0, 1, 2]), (3, [3])]:
    body = "\\n".join(json.dumps({"n": n}) for n in numbers)
    list(storage.get_job(job.key).items.apipost(data=body, params={"start": start}))
[job.items.list(), job.items.stats()["totals"]["input_values"]]`);
      expect(seen).to.deep.equal([[0, 1, 2, 3].map((n) => ({ n })), 4]);
    });

    it('writes and reads logs, requests and samples, and filters them', async () => {
      const seen: unknown[] = await run(`
job = run(meta={"state": "running"})
job.logs.info("é one", ts=1476803148638); job.logs.warning("two"); job.logs.error("three"); job.logs.close()
first = job.requests.add(url="http://a/", status=200, method="GET", rs=5, duration=2, ts=1476803148638)
job.requests.add(url="http://b/", status=404, method="POST", rs=0, duration=1, ts=1476803148639, parent=first, fp="ab")
job.requests.close()
job.samples.write([1476803148638, 1, 2]); job.samples.write([1476803148639, 3, 2**63]); job.samples.close()
[job.logs.list(count=1), [row["message"] for row in job.logs.iter(level="WARNING")],
 [row["message"] for row in job.logs.iter(filter=[("message", "contains", ["o"])], level="WARNING")],
 job.logs.stats()["counts"], job.requests.list(), json.dumps(job.samples.list()),
 [row["url"] for row in job.requests.iter(filter=[["status", "=", [404]]])]]`);
      expect(seen).to.deep.equal([
        [{ time: 1476803148638, level: 20, message: 'é one' }],
        ['two', 'three'],
        ['two'],
        { '20': 1, '30': 1, '40': 1 },
        [
          { url: 'http://a/', status: 200, method: 'GET', rs: 5, duration: 2, time: 1476803148638 },
          {
            ...{ url: 'http://b/', status: 404, method: 'POST', rs: 0, duration: 1, time: 1476803148639 },
            ...{ parent: 0, fp: 'ab' },
          },
        ],
        '[[1476803148638, 1, 2], [1476803148639, 3, 9223372036854775808]]',
        ['http://b/'],
      ]);
    });

    it('works for a project from outside: takes jobs, by priority, and works with the token of each', async () => {
      const seen: unknown[] = await run(`
mine = storage.get_project(${OTHER})
low = mine.jobq.push("worker", priority=mine.jobq.PRIO_LOW, n=2**53 + 1)
high = mine.jobq.push("worker", priority=mine.jobq.PRIO_HIGH)
taken = [mine.jobq.start(host="there"), mine.jobq.start(), mine.jobq.start()]
nobody = HubstorageClient()
job = nobody.get_job(taken[1]["key"], auth=(taken[1]["key"], taken[1]["auth"]))
job.items.write({"a": 1}); job.logs.info("there"); job.close_writers()
job.metadata["progress"] = 0.5; job.metadata.save()
again = storage.get_job(taken[1]["key"])
before = [again.metadata["progress"], len(list(again.items.iter_values())), again.metadata["state"]]
mine.jobq.finish(again, close_reason="all done"); again.metadata.expire()
[[row and row["key"] for row in taken] == [high["key"], low["key"], None], taken[0]["host"], taken[1]["n"] == 2**53 + 1,
 before, again.metadata["state"], again.metadata["close_reason"]]`);
      expect(seen).to.deep.equal([true, 'there', true, [0.5, 1, 'running'], 'finished', 'all done']);
      expect(await python.raised('job.metadata.expire(); dict(job.metadata)')).to.match(
        /^HTTPError: 40[13] /,
      );
      expect(await python.raised(`nobody.get_project(${OTHER}).jobq.push("worker")`)).to.match(
        /^HTTPError: 401 /,
      );
    });

    it('keeps settings and events of a project, and tags of spiders', async () => {
      const seen: unknown[] = await run(`
project.settings.set("limit", 20); project.settings.update({"other": [1.0]})
settings = dict(project.settings.iter())
project.settings.delete("limit")
events = [{"event": "job:completed", "job": "${id}/2/3", "user": "me"}, {"event": "mine", "job": "${id}/2/3", "user": "é"}]
project.activity.add(events)
spider.update_tags(add=["one", "two"]); spider.update_tags(add=["three"], remove=["one"])
[settings, dict(project.settings.iter()), project.activity.list(count=2) == events[::-1], spider.list_tags(),
 [row["tags"] for row in project.spiders.list() if row["id"] == "first"]]`);
      expect(seen).to.deep.equal([
        { limit: 20, other: [1] },
        { other: [1] },
        true,
        ['two', 'three'],
        [['two', 'three']],
      ]);
      expect(await python.raised('spider.update_tags()')).to.match(/^BadRequest: /);
    });

    it('is served in its old form too', async () => {
      const seen: unknown[] = await run(`
old = connection[${id}]
keys = [old.schedule("first", add_tag=["old"], nth=next(counter)) for _ in range(3)]
jobs = old.jobs(spider="first", has_tag="old")
found = [job.id for job in jobs]
storage.get_project(${id}).jobq.update(keys[0], state="running")
writer = storage.get_job(keys[0]); writer.items.write({"a": 1}); writer.items.write({"a": 2}); writer.logs.warning("old")
writer.close_writers()
job = old.job(keys[0])
log = list(job.log())
[found == keys[::-1], jobs.count(), old.jobs(spider="first", has_tag="old", count=1).count(),
 [row.info["state"] for row in old.jobs(has_tag="old", state="running")], job.info["tags"], list(job.items()),
 list(job.items(offset=1)), [(row["logLevel"], row["message"]) for row in log],
 job.update(add_tag="new", remove_tag="old"), old.jobs(has_tag="old").update(add_tag="more"),
 job.stop(), old.job(keys[1]).delete(), old.jobs(has_tag="more").count(), "first" in [row["id"] for row in old.spiders()]]`);
      expect(seen.slice(0, 5)).to.deep.equal([true, 3, 3, ['running'], ['old']]);
      expect(seen.slice(5, 8)).to.deep.equal([[{ a: 1 }, { a: 2 }], [{ a: 2 }], [[30, 'old']]]);
      expect(seen.slice(8)).to.deep.equal([1, 2, true, 1, 1, true]);
    });

    it('is not let in with a wrong key, and to one project only with a key for it', async () => {
      await run(`
wrong, limited = [ScrapinghubClient(key * 32) for key in "a${LIMITED_KEY[0]}"]
run()`);
      expect(await python.raised('wrong.projects.list()')).to.match(/^Unauthorized: /);
      expect(await python.raised(`wrong.get_project(${id}).jobs.count()`)).to.match(/^Unauthorized: /);
      expect(
        await run(`[limited.projects.list(), limited.get_project(${id}).jobs.count(state="pending") > 0]`),
      ).to.deep.equal([[id], true]);
      const refused = /^(Forbidden|NotFound|BadRequest): /;
      expect(await python.raised(`limited.get_project(${OTHER}).jobs.count()`)).to.match(refused);
      expect(await python.raised(`limited.get_project(${OTHER}).jobs.run("worker")`)).to.match(refused);
    });
  });
}
