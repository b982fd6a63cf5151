import type { Request, Response, Router } from 'express';
import type { CoreView } from '../../../../access/core-view.ts';
import { UserError } from '../../../../errors.ts';
import type { ProjectEntry } from '../../../../projects/project.ts';
import { forwardedPrefix } from '../../../forwarded-prefix.ts';
import type { MetadataSource } from '../metadata.ts';
import type { ScrapyCloudOptions } from '../options.ts';
import { projectOf } from '../project-of.ts';
import { cloudErrors } from '../reply.ts';
import { Query } from './query.ts';

/** A request, and what there is to answer it. */
export interface Call extends ScrapyCloudOptions {
  req: Request;
  res: Response;
  core: CoreView;
  query: Query;
  /** What metadata of jobs are made of. */
  source: MetadataSource;
  /** A part of the path, by its name in the route. */
  part: (name: string) => string;
  /**
   * The project that the path names.
   * @throws UserError `invalid`, `not-found`
   */
  project: () => ProjectEntry;
}

type Method = 'GET' | 'POST' | 'DELETE';
export type Answers = Partial<Record<Method, (call: Call) => Promise<void> | void>>;

/**
 * One path of the storage, with an answer for each of its methods; other methods are refused.
 * @param forTokens whether a job's own token may change something there: then the answer looks who asks
 */
export function storageRoute(
  router: Router,
  options: ScrapyCloudOptions,
  path: string,
  answers: Answers,
  { forTokens = false } = {},
): void {
  router.all(path, async (req, res) => {
    // Where a GET is answered, so is HEAD, and Node leaves out the body.
    const method = req.method === 'HEAD' ? 'GET' : (req.method as Method);
    const answer = Object.hasOwn(answers, method) ? answers[method] : undefined;
    if (answer === undefined) {
      refuseMethod(req, res, Object.keys(answers));
      return;
    }
    const core = options.coreOf(req);
    const changes = method !== 'GET';
    const what = `${req.baseUrl}${req.path}`;
    if (changes && !forTokens) core.requireChange(what);
    try {
      await answer(callOf(req, res, core, options));
    } catch (error) {
      // What does not exist, or not for them, is found out here.
      if (changes && error instanceof UserError && error.kind === 'not-found')
        core.recordFailure(what, error);
      throw error;
    }
  });
}

function callOf(req: Request, res: Response, core: CoreView, options: ScrapyCloudOptions): Call {
  const part = (name: string) => String(req.params[name]);
  const prefix = forwardedPrefix(req.headers, options.prefixHeader);
  const address = `${req.protocol}://${req.headers.host ?? 'localhost'}${prefix}/`;
  return {
    ...options,
    ...{ req, res, core, part },
    query: new Query(req),
    source: { outputs: options.outputs, address },
    project: () => projectOf(core, part('project')),
  };
}

function refuseMethod(req: Request, res: Response, methods: readonly string[]): void {
  const allowed = methods.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])).join(', ');
  res.setHeader('Allow', allowed);
  const path = `${req.baseUrl}${req.path}`;
  cloudErrors.send(res, 405, `Method "${req.method}" is not allowed for "${path}": use ${allowed}.`);
}
