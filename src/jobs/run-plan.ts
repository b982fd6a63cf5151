import { join } from 'node:path';
import type { Version } from '../projects/project.ts';
import type { Job } from './job.ts';
import type { OutputPaths } from './outputs.ts';
import type { Run } from './runner.ts';

/** What runs share, whatever their project. Paths are absolute. */
export interface RunDefaults {
  /** Unpacked versions. */
  projectsFolder: string;
  /** Working folders of runs. */
  workFolder: string;
  /** Where spiders may keep what outlives a run; they find it in SPIDER_DATA_DIR. */
  spiderDataFolder: string;
  /** Most bytes kept of stdout, of stderr, and of the log entries. */
  outputLimit: number;
  /** Whether items are kept where neither the request nor the project says so. */
  captureItems: boolean;
  /** Variables by which a job's own code gets at this daemon. */
  access: (job: Job) => Record<string, string>;
}

/** What a job runs: the version, and the variables that people set for its project and spider. */
export interface RunProject {
  version: Version;
  variables: Readonly<Record<string, string>>;
}

/**
 * Everything that a runner needs to start a job; the request's word goes before the project's.
 * @param environment folder of the Python environment
 */
export function planRun(
  job: Job,
  { version, variables }: RunProject,
  environment: string,
  outputs: OutputPaths,
  defaults: RunDefaults,
): Run {
  return {
    jobId: job.id,
    environment,
    projectFolder: join(defaults.projectsFolder, version.folder, version.root),
    settingsModule: version.settingsModule,
    project: job.project,
    spider: job.spider,
    args: argumentsOf(job),
    settings: job.settings,
    cmdArgs: job.cmdArgs,
    env: {
      ...variables,
      ...job.env,
      SPIDER_DATA_DIR: defaults.spiderDataFolder,
      SCRAPY_PROJECT: job.project,
      SCRAPY_JOB: job.jobid,
      ...defaults.access(job),
    },
    fork: job.fork ?? version.fork ?? true,
    copyProject: version.copy ?? false,
    workFolder: join(defaults.workFolder, job.id),
    stdout: outputs.stdout,
    stderr: outputs.stderr,
    items: (job.capture ?? version.capture ?? defaults.captureItems) ? outputs.items : null,
    records: outputs.records,
    stats: outputs.stats,
    outputLimit: defaults.outputLimit,
  };
}

function argumentsOf({ args, payload, tellNames, jobid, version }: Job): Run['args'] {
  return {
    ...args,
    ...(payload === '{}' ? {} : { payload }),
    ...(tellNames ? { _job: jobid } : {}),
    ...(tellNames && version !== null ? { _version: version } : {}),
  };
}
