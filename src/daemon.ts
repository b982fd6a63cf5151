import { join } from 'node:path';
import { AuditLog } from './access/audit-log.ts';
import { JobTokens } from './access/job-tokens.ts';
import { jobVariables } from './access/job-variables.ts';
import { KeyRing } from './access/key-ring.ts';
import { systemClock } from './clock.ts';
import type { Settings } from './config/settings.ts';
import { makeDataFolders, usable } from './data-folder.ts';
import { toError, UserError } from './errors.ts';
import { addressOf } from './http/address-of.ts';
import { keepHouse } from './housekeeping.ts';
import { createApp } from './http/app.ts';
import { authenticate } from './http/auth/authenticate.ts';
import { Credentials, hashedUsers } from './http/auth/credentials.ts';
import { coreFor } from './http/core-of.ts';
import { allDialects, door } from './http/dialects/all.ts';
import { timezoneNames } from './http/dialects/scrapy-do/formats.ts';
import { hostGuard } from './http/guard.ts';
import { home } from './http/home.ts';
import { linger } from './http/linger.ts';
import { listen } from './http/listen.ts';
import { Dispatcher } from './jobs/dispatcher.ts';
import type { Job } from './jobs/job.ts';
import { JobMoves } from './jobs/job-moves.ts';
import { JobService } from './jobs/job-service.ts';
import { JobWatch } from './jobs/job-watch.ts';
import { recoverRunning } from './jobs/recovery.ts';
import { runsHere } from './jobs/stages.ts';
import { RunEnds } from './jobs/run-ends.ts';
import type { Log } from './log.ts';
import { BuildLogs } from './projects/build-logs.ts';
import { Environments } from './projects/environments.ts';
import { cleanEnvironment } from './projects/environment-variables.ts';
import { ProjectService } from './projects/project-service.ts';
import { Records } from './records/records.ts';
import { ScheduleService } from './schedule/schedule-service.ts';
import { Scheduler } from './schedule/scheduler.ts';
import { OutputFiles } from './spiderhost/output-files.ts';
import { SpiderHosts } from './spiderhost/spider-hosts.ts';
import { takeDaemonLock } from './store/daemon-lock.ts';
import { onNudge } from './store/nudge.ts';
import { openSqliteStore } from './store/sqlite/sqlite-store.ts';

/** From SIGINT to SIGKILL, for the spiders that stop with the daemon. */
const STOP_GRACE_MS = 10_000;

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
  // Other programs are asked for it, and answer while the start goes on.
  const timezone = timezoneNames(new Date(startedAt).getFullYear());
  const { logs, items } = settings;
  const folders = usable(settings.data, () => makeDataFolders(settings.data, { logs, items }, log));
  const lock = usable(folders.data, () => takeDaemonLock(join(folders.data, 'daemon.lock'), folders.data));
  onRelease(() => {
    lock.release();
  });
  const store = usable(folders.data, () => openSqliteStore(join(folders.data, 'orbweaver.db')));
  onRelease(async () => {
    // What goes on when the disk has it is over by then.
    await store.sync().catch(() => undefined);
    store.close();
  });

  const keys = new KeyRing({ store, now: clock.now, log });
  if (settings.needsKey !== null && keys.isEmpty()) throw new UserError('invalid', settings.needsKey);

  const buildLogs = new BuildLogs(folders.builds, log);
  const environments = new Environments({
    folder: settings.environments,
    python: settings.python,
    source: settings.packages,
    builds: buildLogs,
    log,
  });
  await environments.prepareBase(report);
  const env = cleanEnvironment(process.env, settings.passEnv);
  const outputs: OutputFiles = new OutputFiles(folders.data, { logs, items }, (id) => {
    records.drop(id);
  });
  const records = new Records((id) => outputs.paths(id));
  const watch = new JobWatch();

  const jobTokens = new JobTokens(store);
  let url: string | null = null;

  const ends: RunEnds = new RunEnds({
    store,
    runner: () => runner,
    outputs,
    clock,
    log,
    onOver: (job) => {
      dispatcher.release(job.id);
    },
    onRecorded: (job) => {
      watch.announce(job);
    },
  });
  const runner = new SpiderHosts({
    ...{ hostsFolder: folders.hosts, env, listener: ends, log, now: clock.now },
    memoryLimit: settings.hostsMemory,
  });
  onRelease(() => runner.close());
  const dispatcher: Dispatcher = new Dispatcher({
    store,
    runner,
    outputs,
    ends,
    environments,
    defaults: {
      projectsFolder: folders.projects,
      workFolder: folders.runs,
      spiderDataFolder: folders.spiderData,
      outputLimit: settings.outputLimit,
      captureItems: settings.captureItems,
      access: (job) => jobVariables(job, jobTokens.tokenOf(job), url),
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
    environments,
    builds: buildLogs,
    env,
    clock,
    log,
  });
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const scheduling = { store, clock, random: Math.random, zone };
  const scheduler = new Scheduler({
    ...scheduling,
    onJobs: () => {
      dispatcher.wake();
    },
    replace: (replaced) => ends.replace(replaced),
    log,
  });
  const schedules = new ScheduleService({ ...scheduling, scheduler, jobs });

  const running = await recoverRunning({ store, runner, ends, clock, log });
  await projects.removeStrays();
  onRelease(async () => {
    dispatcher.stop();
    if (settings.stopSpiders) await stopAll(store.running().filter(runsHere), jobs, log);
    ends.close();
  });

  const audit = new AuditLog({ folder: folders.data, now: clock.now, log });
  const moves = new JobMoves({ store, jobs, dispatcher, watch, outputs, clock });
  const core = { store, jobs, moves, projects, schedules };
  const { nodeName, finishedToKeep, prefixHeader } = settings;
  const app = createApp({
    guards: [
      linger(),
      hostGuard({ hosts: settings.allowedHosts, origins: settings.allowedOrigins }),
      authenticate({
        credentials: await usersOf(settings, report),
        isLocal: settings.needsKey === null,
        ...{ prefixHeader, door },
        ...{ keys, jobTokens, now: clock.now, log },
        onWrong: (req) => {
          audit.append({
            ...{ kind: 'anybody', name: '', address: addressOf(req), dialect: '' },
            ...{ action: 'enter', object: req.path, outcome: 'refused', reason: 'a wrong key or password' },
          });
        },
      }),
    ],
    ...allDialects({
      coreFor: (dialect) => coreFor(core, audit, dialect),
      ...{ outputs, watch, version, startedAt, nodeName, finishedToKeep, prefixHeader, now: clock.now },
      uploads: { folder: folders.uploads, maxBytes: settings.uploadLimit },
      ...{ buildLogs, jobTokens, records },
      timezone: await timezone,
    }),
    home: home({ version, prefixHeader }),
    log,
  });
  const server = await listen({
    app,
    addresses: settings.listen,
    unixSocket: settings.unixSocket,
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
  url = server.urls[0] ?? null;

  dispatcher.start(running);
  onRelease(
    onNudge(folders.data, () => {
      dispatcher.wake();
    }),
  );
  scheduler.start();
  onRelease(() => {
    scheduler.stop();
  });
  onRelease(
    keepHouse({
      ...{ store, outputs, projects, environments, keep: settings.keep, clock, log },
      // A project may have been released on a file system without events.
      onLooked: () => {
        dispatcher.wake();
      },
    }),
  );
  return server.urls;
}

/** Null without users; a bad file of users stops the start. */
async function usersOf(
  { authDb, user }: Settings,
  report: (line: string) => void,
): Promise<Credentials | null> {
  if (authDb === null && user === null) return null;
  const credentials = new Credentials(authDb, user);
  for (const name of hashedUsers(await credentials.users())) {
    report(
      `The password of user "${name}" is kept as a hash: it is taken by Basic only, as Digest needs the password itself.`,
    );
  }
  return credentials;
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
