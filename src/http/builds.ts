import { access } from 'node:fs/promises';
import { Router, type Response } from 'express';
import type { BuildLogs } from '../projects/build-logs.ts';
import type { CoreOf } from './core-of.ts';
import type { Dialect } from './dialects/dialect.ts';
import { HTTP_STATUS, type ErrorForm } from './error-form.ts';
import { sendLog } from './send-log.ts';

const errors: ErrorForm = {
  statusOf: (kind) => HTTP_STATUS[kind],
  send: (res, status, message) => {
    res.status(status).type('text/plain').send(`${message}\n`);
  },
};

export interface BuildsOptions {
  coreOf: CoreOf;
  buildLogs: BuildLogs;
}

/** `/builds/<project>.log`: what the last building of the project's Python environment printed, followed while it goes on. */
export function builds({ buildLogs: logs, coreOf }: BuildsOptions): Dialect {
  const router = Router({ caseSensitive: true, strict: true });
  router
    .route('/builds/:file')
    .get(async (req, res) => {
      const project = /^(.+)\.log$/su.exec(req.params.file)?.[1];
      const isSeen = project !== undefined && coreOf(req).sees(project);
      if (!isSeen || !(await isThere(logs, project))) {
        errors.send(res, 404, `There is no build log "${req.params.file}": they are called <project>.log.`);
        return;
      }
      await sendLog(req, res, {
        path: logs.path(project),
        grows: logs.isBuilding(project),
        isOver: () => !logs.isBuilding(project),
        onOver: (listener) => logs.onOver(project, listener),
      });
    })
    .all((req, res: Response) => {
      res.setHeader('Allow', 'GET, HEAD');
      errors.send(res, 405, `Method "${req.method}" is not allowed for "${req.path}": use GET, HEAD.`);
    });
  return { router, errors, owns: ({ path }) => path.startsWith('/builds/') };
}

async function isThere(logs: BuildLogs, project: string): Promise<boolean> {
  if (logs.isBuilding(project)) return true;
  return access(logs.path(project)).then(
    () => true,
    () => false,
  );
}
