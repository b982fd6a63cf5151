import type { RequestHandler } from 'express';
import { UserError } from '../../../../errors.ts';
import type { Json } from '../../../../json-text.ts';
import type { CoreOf } from '../../../core-of.ts';
import { isObject } from '../job-request.ts';
import { sendJson } from '../reply.ts';
import { readJson } from '../storage/read-lines.ts';
import { changedTags } from '../tags.ts';
import { recorded } from './endpoint.ts';
import { spiderAt, spiderJson } from './projects.ts';

interface Ids {
  project: string;
  spider: string;
}

/** `v2/projects/P/spiders/SID`. */
export function getSpider(coreOf: CoreOf): RequestHandler {
  return (req, res) => {
    const { project, spider } = spiderAt(coreOf(req), req.params as unknown as Ids);
    sendJson(res, spiderJson(project, spider));
  };
}

/** `v2/projects/P/spiders/SID/tags`: `{"add": [texts], "remove": [texts]}`; what is wrong with it is told as there. */
export function patchTags(coreOf: CoreOf): RequestHandler {
  return recorded(coreOf, async (core, req, res) => {
    const { project, spider } = spiderAt(core, req.params as unknown as Ids);
    try {
      const tags = changedTags(spider.tags, readChange(await readJson(req)));
      core.projects.setSpiderTags(project.name, spider.name, tags);
      sendJson(res, spiderJson(project, { ...spider, tags }));
    } catch (error) {
      if (!(error instanceof UserError) || error.kind !== 'invalid') throw error;
      sendJson(res, { non_field_errors: [error.message] }, 400);
    }
  });
}

function readChange(body: Json | undefined): { add: string[]; remove: string[] } {
  const fields = body ?? {};
  if (!isObject(fields)) {
    throw new UserError('invalid', 'The body must be a JSON object: {"add": [tags], "remove": [tags]}.');
  }
  const change = { add: readTags('add', fields.add), remove: readTags('remove', fields.remove) };
  if (change.add.length > 0 || change.remove.length > 0) return change;
  throw new UserError('invalid', 'There is nothing to change: give tags to "add" or to "remove".');
}

function readTags(name: string, value: Json | undefined): string[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value) && value.every((tag) => typeof tag === 'string')) return value;
  throw new UserError('invalid', `"${name}" must be a list of texts.`);
}
