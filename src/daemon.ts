import { join } from 'node:path';
import type { RequestHandler } from 'express';
import nodeCron from 'node-cron';
import { systemClock, type Clock } from './clock.ts';
import type { Settings } from './config/settings.ts';
import { makeDataFolders, usable } from './data-folder.ts';
import { toError, UserError } from './errors.ts';
import { createApp } from './http/app.ts';
import { authenticate } from './http/auth/authenticate.ts';
import { Credentials } from './http/auth/credentials.ts';
import { timezoneNames } from './http/dialects/scrapy-do/formats.ts';
import { scrapyDoErrors } from './http/dialects/scrapy-do/reply.ts';
import { scrapyDo } from './http/dialects/scrapy-do/routes.ts';
import { hostGuard } from './http/guard.ts';
import { linger } from './http/linger.ts';
import { listen } from './http/listen.ts';
import { Dispatcher } from './jobs/dispatcher.ts';
import type { Job } from './jobs/job.ts';
import { JobService } from './jobs/job-service.ts';
import { JobWatch } from './jobs/job-watch.ts';
import { recoverRunning } from './jobs/recovery.ts';
import { removeOldJobs, removeStrayOutputs } from './jobs/retention.ts';
import { RunEnds } from './jobs/run-ends.ts';
import type { Log } from './log.ts';
import { ensureEnvironment, type Environment } from './projects/environment.ts';
import { cleanEnvironment } from './projects/environment-variables.ts';
import { ProjectService } from './projects/project-service.ts';
import { ScheduleService } from './schedule/schedule-service.ts';
import { Scheduler } from './schedule/scheduler.ts';
import { OutputFiles, OUTPUT_FOLDERS } from './spiderhost/output-files.ts';
import { SpiderHosts } from './spiderhost/spider-hosts.ts';
import { takeDaemonLock } from './store/daemon-lock.ts';
import { openSqliteStore } from './store/sqlite/sqlite-store.ts';

/** From SIGINT to SIGKILL, for the spiders that stop with the daemon. */
const STOP_GRACE_MS = 10_000;

/** When the daemon looks for jobs that have been kept long enough. */
const RETENTION_CRON = '*/10 * * * * *';

export interface DaemonOptions {
  settings: Settings;
  /** Version of Orbweaver. */
  version: string;
  log: Log;
  /** Tells the person at the terminal how the start gets on. */
  report: (line: string) => void;
}

export interface Daemon {
  /** Where it serves: `http://127.0.0.1:7654`. */
  urls: string[];
  /** Ends everything but the spiders, unless the settings say to stop them too. Idempotent. */
  stop(): Promise<void>;
}

/**
 * Starts the daemon of a data folder.
 * @throws UserError when it cannot be had: another daemon, a newer database, an address that is taken
 */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const releasers: (() => void | Promise<void>)[] = [];
  const release = async () => {
    for (const releaser of releasers.splice(0).reverse()) await releaser();
  };
  try {
    const urls = await start(options, (releaser) => releasers.push(releaser));
    let stopping: Promise<void> | null = null;
    return { urls, stop: () => (stopping ??= release()) };
  } catch (error) {
    await release();
    throw error;
  }
}

async function start(
  { settings, version, log, report }: DaemonOptions,
  onRelease: (releaser: () => void | Promise<void>) => void,
): Promise<string[]> {
  const clock = systemClock;
  const startedAt = clock.now();
  const folders = usable(settings.data, () =>
    makeDataFolders(settings.data, Object.values(OUTPUT_FOLDERS), log),
  );
  const lock = usable(folders.data, () => takeDaemonLock(join(folders.data, 'daemon.lock'), folders.data));
  onRelease(() => {
    lock.release();
  });
  const store = usable(folders.data, () => openSqliteStore(join(folders.data, 'orbweaver.db')));
  onRelease(() => {
    store.close();
  });

  const environment = await prepareEnvironment(settings, report);
  const env = cleanEnvironment(process.env, settings.passEnv);
  const outputs = new OutputFiles(folders.data);
  const watch = new JobWatch();

  const ends: RunEnds = new RunEnds({
    store,
    runner: () => runner,
    outputs,
    clock,
    log,
    onOver: (job) => {
      watch.announce(job);
      dispatcher.release(job.id);
    },
  });
  const runner = new SpiderHosts({ hostsFolder: folders.hosts, env, listener: ends, log, now: clock.now });
  onRelease(() => runner.close());
  const dispatcher: Dispatcher = new Dispatcher({
    store,
    runner,
    outputs,
    ends,
    environment: () => environment().folder,
    defaults: {
      projectsFolder: folders.projects,
      workFolder: folders.runs,
      spiderDataFolder: folders.spiderData,
      outputLimit: settings.outputLimit,
      captureItems: settings.captureItems,
    },
    slots: settings.jobSlots,
    clock,
    log,
  });
  const jobs = new JobService({ store, dispatcher, ends, watch, slots: settings.jobSlots, clock });
  const projects = new ProjectService({
    store,
    projectsFolder: folders.projects,
    uploadsFolder: folders.uploads,
    limits: settings.archiveLimits,
    environment,
    env,
    clock,
    log,
  });
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const scheduling = { store, clock, random: Math.random, zone };
  const scheduler = new Scheduler({
    ...scheduling,
    onJob: () => {
      dispatcher.wake();
    },
    log,
  });
  const schedules = new ScheduleService({ ...scheduling, scheduler, jobs });

  const running = await recoverRunning({ store, runner, ends, clock, log });
  await projects.removeStrays();
  onRelease(async () => {
    dispatcher.stop();
    if (settings.stopSpiders) await stopAll(store.running(), jobs, log);
    ends.close();
  });

  const app = createApp({
    guards: [
      linger(),
      hostGuard({ hosts: settings.allowedHosts, origins: settings.allowedOrigins }),
      ...(await authentication(settings, clock)),
    ],
    dialects: [
      scrapyDo({
        store,
        jobs,
        schedules,
        projects,
        outputs,
        watch,
        uploads: { folder: folders.uploads, maxBytes: settings.uploadLimit },
        version,
        startedAt,
        timezone: timezoneNames(new Date(startedAt).getFullYear()),
        now: clock.now,
      }),
    ],
    errors: scrapyDoErrors,
    version,
    log,
  });
  const server = await listen({
    app,
    addresses: settings.listen,
    tls: settings.tls,
    log,
    ...(settings.listenIsDefault
      ? {
          onTaken: (fault) => {
            report(`${fault.message} Orbweaver goes on without it.`);
          },
        }
      : {}),
  });
  onRelease(() => server.close());

  dispatcher.start(running);
  scheduler.start();
  onRelease(() => {
    scheduler.stop();
  });
  const removeOld = async () => {
    try {
      store.removeCanceledSchedules(settings.keep.count);
      await removeOldJobs(store, outputs, settings.keep, clock.now());
      await projects.removeUnused();
    } catch (error) {
      log.error({ error: toError(error).message }, 'old jobs could not be removed');
    }
  };
  const retention = nodeCron.schedule(RETENTION_CRON, removeOld, { noOverlap: true });
  onRelease(() => retention.destroy());
  void retention.execute();
  removeStrayOutputs(store, outputs).catch((error: unknown) => {
    log.warn({ error: toError(error).message }, 'stray output files could not be removed');
  });
  return server.urls;
}

/** Nothing without users; a bad file of users stops the start. */
async function authentication({ authDb }: Settings, { now }: Clock): Promise<RequestHandler[]> {
  if (authDb === null) return [];
  const credentials = new Credentials(authDb);
  await credentials.users();
  return [authenticate({ credentials, now })];
}

/** The base environment; without a Python the daemon serves all the same, and says so when one is needed. */
async function prepareEnvironment(
  settings: Settings,
  report: (line: string) => void,
): Promise<() => Environment> {
  try {
    const environment = await ensureEnvironment({
      environmentsFolder: settings.environments,
      ...(settings.python === null ? {} : { python: settings.python }),
      onProgress: report,
    });
    return () => environment;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    report(`Spiders cannot run yet: ${error.message}`);
    return () => {
      throw error;
    };
  }
}

async function stopAll(running: readonly Job[], jobs: JobService, log: Log): Promise<void> {
  log.info({ jobs: running.length }, 'stopping the spiders');
  const stops = await Promise.allSettled(
    running.map((job) => jobs.cancel(job.id, { signal: 'SIGINT', graceMs: STOP_GRACE_MS })),
  );
  for (const stop of stops) {
    if (stop.status === 'rejected')
      log.error({ error: toError(stop.reason).message }, 'a spider could not be stopped');
  }
}
