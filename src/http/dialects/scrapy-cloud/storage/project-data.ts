import type { Router } from 'express';
import type { CoreView } from '../../../../access/core-view.ts';
import { UserError } from '../../../../errors.ts';
import { statesOf, type Stage } from '../../../../jobs/stages.ts';
import { toJsonText, type Json } from '../../../../json-text.ts';
import { checkSpiderName } from '../../../../projects/names.ts';
import type { ProjectEntry } from '../../../../projects/project.ts';
import { isObject } from '../job-request.ts';
import type { ScrapyCloudOptions } from '../options.ts';
import { readStage } from '../read-stage.ts';
import { sendJson, sendLines, sendNothing } from '../reply.ts';
import { readJson } from './read-lines.ts';
import { storageRoute } from './storage-route.ts';

/** Most bytes of the settings that clients keep with a project, as JSON. */
const MOST_BYTES = 1024 * 1024;

/** What is told of whole projects, their spiders and settings, and the clock of the storage. */
export function projectData(router: Router, options: ScrapyCloudOptions): void {
  storageRoute(router, options, '/system/ts', {
    GET: ({ res, now }) => {
      sendJson(res, now());
    },
  });

  storageRoute(router, options, '/ids/:project/spider/:name', {
    GET: ({ req, res, core, query, project, part }) => {
      const [entry, name] = [project(), part('name')];
      const known = core.store.spiderEntries(entry.name).find((spider) => spider.name === name);
      const mayCreate = /^(1|true)$/i.test(query.one('create') ?? '');
      if (known !== undefined || !mayCreate) {
        sendJson(res, known?.number ?? null);
        return;
      }
      core.requireChange(`${req.baseUrl}${req.path}`);
      checkSpiderName(name);
      sendJson(res, core.projects.numberSpider(entry.name, name));
    },
  });

  storageRoute(router, options, '/projects/jobsummaries', {
    GET: ({ res, core, query }) => {
      const states = query.all('state').map(readStage);
      const queues = states.length > 0 ? states : (['pending', 'running', 'finished'] as const);
      sendJson(
        res,
        core.store.projectEntries().map((project) => counts(core, project, queues)),
      );
    },
  });

  storageRoute(router, options, '/projects/:project/jobsummary', {
    GET: ({ res, core, project }) => {
      sendLines(res, [counts(core, project(), ['pending', 'running'])]);
    },
  });

  storageRoute(router, options, '/projects/:project/settings', {
    GET: ({ res, core, project }) => {
      sendLines(res, [{ ...core.store.projectSettings(project().name) }]);
    },
    POST: async ({ req, res, core, project }) => {
      const { name } = project();
      const given = (await readJson(req)) ?? {};
      if (!isObject(given))
        throw new UserError('invalid', 'The body must be a JSON object, {"name": value}.');
      checkSize({ ...core.store.projectSettings(name), ...given });
      core.projects.setSettings(name, given);
      sendNothing(res);
    },
  });

  storageRoute(router, options, '/projects/:project/settings/:key', {
    GET: ({ res, core, project, part }) => {
      const [settings, key] = [core.store.projectSettings(project().name), part('key')];
      sendJson(res, Object.hasOwn(settings, key) ? (settings[key] ?? null) : null);
    },
    POST: async ({ req, res, core, project, part }) => {
      const { name } = project();
      const value = await readJson(req);
      if (value === undefined) throw new UserError('invalid', 'The body must be a JSON value; it is empty.');
      const given = { [part('key')]: value };
      checkSize({ ...core.store.projectSettings(name), ...given });
      core.projects.setSettings(name, given);
      sendNothing(res);
    },
    DELETE: ({ res, core, project, part }) => {
      core.projects.setSettings(project().name, { [part('key')]: undefined });
      sendNothing(res);
    },
  });
}

function checkSize(settings: Readonly<Record<string, Json>>): void {
  const bytes = Buffer.byteLength(toJsonText(settings));
  if (bytes <= MOST_BYTES) return;
  throw new UserError(
    'too-large',
    `The settings of a project may have ${MOST_BYTES} bytes as JSON, and with these it has ${bytes}: keep less with it.`,
  );
}

/** How many jobs a project has in each of these queues. There is always room for more. */
function counts({ store }: CoreView, { id, name, held }: ProjectEntry, queues: readonly Stage[]): Json {
  const counted = queues.map((queue) => [queue, store.countJobs({ project: name, states: statesOf(queue) })]);
  const hold = held ? { held } : {};
  return {
    project: id,
    has_capacity: true,
    ...hold,
    ...(Object.fromEntries(counted) as Record<string, Json>),
  };
}
