import { parseJson, type Json } from '../../../json-text.ts';
import type { Job } from '../../../jobs/job.ts';
import { stageOf } from '../../../jobs/stages.ts';
import type { Outputs } from '../../../jobs/outputs.ts';
import { isObject, shownPriority } from './job-request.ts';
import { splitWords } from './shell-words.ts';

/** What metadata are made of beside the job. */
export interface MetadataSource {
  outputs: Pick<Outputs, 'stats'>;
  /** Under which address whoever asks knows this daemon, with a slash at its end. */
  address: string;
}

/**
 * Everything that clients of Scrapy Cloud may know of a job: what is known here, and over it the fields that they keep
 * with it. Of the variables of its run only those that its own request set: the project's may be secrets.
 */
export function metadataOf(job: Job, source: MetadataSource): Record<string, Json> {
  return { ...ownFields(job, source), ...scrapystats(job, source), ...job.meta };
}

/** Some fields of {@link metadataOf}, as far as they are there. */
export function someMetadata(
  job: Job,
  names: readonly string[],
  source: MetadataSource,
): Record<string, Json> {
  // Only these are in a file of their own, which is not read for each row of a list.
  const fields = names.includes('scrapystats')
    ? metadataOf(job, source)
    : { ...ownFields(job, source), ...job.meta };
  return Object.fromEntries(Object.entries(fields).filter(([name]) => names.includes(name)));
}

/** What is known of a job without what clients keep with it. */
export function ownMetadata(job: Job, source: MetadataSource): Record<string, Json> {
  return { ...ownFields(job, source), ...scrapystats(job, source) };
}

function ownFields(job: Job, { address }: MetadataSource): Record<string, Json> {
  const { actors } = job;
  return compact({
    project: Number(job.key.slice(0, job.key.indexOf('/'))),
    spider: job.spider,
    spider_type: 'manual',
    state: stageOf(job.state),
    priority: shownPriority(job.priority),
    units: job.units,
    tags: [...job.tags],
    spider_args: unlessEmpty(job.args),
    job_settings: unlessEmpty(job.settings),
    environment: unlessEmpty(job.env),
    job_cmd: commandOf(job),
    version: job.versionName ?? job.version,
    deploy_id: job.versionId,
    pending_time: job.createdAt,
    running_time: job.startedAt,
    finished_time: job.finishedAt,
    deleted_time: job.deletedAt,
    scheduled_by: actors.scheduled ?? (job.actor === 'SCHEDULER' ? 'scheduler' : null),
    started_by: actors.started ?? null,
    completed_by: actors.completed ?? null,
    cancelled_by: actors.cancelled ?? null,
    deleted_by: actors.deleted ?? null,
    close_reason: job.closeReason,
    api_url: `${address}api/`,
    // There is no Portia here; clients only look whether an address is given.
    portia_url: address,
  });
}

/** What is null is not known. */
function compact(fields: Record<string, Json>): Record<string, Json> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));
}

function unlessEmpty(fields: Readonly<Record<string, Json>>): Json {
  return Object.keys(fields).length === 0 ? null : { ...fields };
}

/** A script (`py:name.py`) is the first word of its own command. */
function commandOf({ spider, cmdArgs }: Job): Json {
  if (cmdArgs === null) return null;
  return [...(spider.startsWith('py:') ? [spider] : []), ...splitWords(cmdArgs)];
}

/** Names of Scrapy's stats that are times. */
const TIMES = ['start_time', 'finish_time'];
/** As runs of earlier releases wrote them, in UTC. */
const WRITTEN_TIME = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d(?:\.\d+)?)(?:\+00:00)?$/;

function scrapystats(job: Job, { outputs }: MetadataSource): { scrapystats?: Json } {
  const stats = parsed(outputs.stats(job.id));
  if (!isObject(stats)) return {};
  // Our reporter's own.
  delete stats.close_reason;
  for (const name of TIMES) {
    const value = stats[name];
    const [, day, time] = (typeof value === 'string' ? WRITTEN_TIME.exec(value) : null) ?? [];
    const at = Date.parse(`${day}T${time}Z`);
    if (!Number.isNaN(at)) stats[name] = JSON.rawJSON(`${at}.0`);
  }
  return { scrapystats: stats };
}

function parsed(text: string | null): Json | undefined {
  try {
    return text === null ? undefined : parseJson(text);
  } catch {
    // Somebody else wrote into the file.
    return undefined;
  }
}
