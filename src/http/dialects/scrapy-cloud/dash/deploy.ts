import type { Response } from 'express';
import { UserError } from '../../../../errors.ts';
import { toJsonText } from '../../../../json-text.ts';
import { checkVersionName } from '../../../../projects/names.ts';
import type { Uploads } from '../../../form.ts';
import { projectOf } from '../project-of.ts';
import type { Handler } from './endpoint.ts';
import { required } from './parameters.ts';

/** How much of a build's output may wait for a slow reader, who misses what is more. */
const MOST_WAITING_BYTES = 1024 * 1024;

/** The files of a deploy. */
export function deployUploads(uploads: { folder: string; maxBytes: number }): Uploads {
  return {
    ...uploads,
    fields: ['egg', 'requirements'],
    refused: {
      eggs: 'Eggs of dependencies are not taken: leave out "eggs", and name what the project needs in its requirements file.',
    },
  };
}

/**
 * `scrapyd/addversion.json`: makes an egg a version, with the environment that its requirements ask for. Once that is
 * being built, the answer is what the build prints, as it comes, and a last line of JSON, which says how it ended. A
 * client that goes away does not stop it.
 */
export const addVersion: Handler = async ({ params, core, res }) => {
  const { id, name } = projectOf(core, required(params, 'project'));
  const version = required(params, 'version');
  checkVersionName(version);
  const egg = params.file('egg');
  if (egg === null)
    throw new UserError('invalid', 'Missing parameter "egg": send the egg of the project as a file.');
  const requirements = params.file('requirements');
  // Versions are often called by a commit: their names say nothing of which is newer.
  const named = { project: name, version, current: true };
  try {
    const { spiders } = await core.projects.push(egg.path, {
      ...named,
      ...(requirements === null ? {} : { requirements: requirements.path }),
      onBuildLine: (line) => {
        if (res.writableLength < MOST_WAITING_BYTES) tell(res, line);
      },
    });
    tell(res, toJsonText({ status: 'ok', project: id, version, spiders: spiders.length }));
  } catch (error) {
    // Nothing has been told yet: the status can say it, too.
    if (!(error instanceof UserError) || !res.headersSent) throw error;
    tell(res, toJsonText({ status: 'error', message: error.message }));
  }
  res.end();
  return null;
};

function tell(res: Response, line: string): void {
  // The client has gone.
  if (res.destroyed) return;
  if (!res.headersSent) {
    res.status(200).setHeader('Content-Type', 'text/plain; charset=utf-8');
    // nginx would hold the first lines back until its buffer is full.
    res.setHeader('X-Accel-Buffering', 'no');
  }
  res.write(`${line}\n`);
}
