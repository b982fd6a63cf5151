import { join } from 'node:path';
import express from 'express';
import type { CoreView } from '../../../../../src/access/core-view.ts';
import { toError, UserError } from '../../../../../src/errors.ts';
import { cloudErrors } from '../../../../../src/http/dialects/scrapy-cloud/reply.ts';
import { recordRoutes } from '../../../../../src/http/dialects/scrapy-cloud/storage/record-routes.ts';
import type { Job } from '../../../../../src/jobs/job.ts';
import { filesOf } from '../../../../../src/records/record-kind.ts';
import { Records } from '../../../../../src/records/records.ts';
import { openSqliteStore } from '../../../../../src/store/sqlite/sqlite-store.ts';
import { aRequest, aVersion } from '../../../../support/samples.ts';
import { serve, temporaryFolder } from '../../../serve.ts';

/** The routes of records on a store and files of their own; what they leave to others is answered 418. */
export async function recordSite() {
  const folder = temporaryFolder();
  const store = openSqliteStore(join(folder.path, 'orbweaver.db'));
  store.addVersion(aVersion({ project: 'quotes', spiders: ['css', 'xpath'] }));
  const paths = (id: string) => ({
    items: join(folder.path, `${id}.jl`),
    records: join(folder.path, 'records', id),
  });
  const records = new Records(paths);
  let mayWrite = true;
  const failures: string[] = [];
  const core = {
    store,
    jobs: {
      requireRecords: () => {
        if (!mayWrite) throw new UserError('forbidden', 'Not you.');
      },
    },
    recordFailure: (what: string) => failures.push(what),
  };
  const options = { coreOf: () => core as unknown as CoreView, records, now: () => 1000 };
  const app = express();
  app.set('query parser', false);
  app.use(recordRoutes(options), (_req, res) => {
    res.status(418).end();
  });
  app.use(((thrown, _req, res, _next) => {
    const kind = thrown instanceof UserError ? thrown.kind : null;
    if (res.headersSent) res.destroy();
    else cloudErrors.send(res, kind === null ? 500 : cloudErrors.statusOf(kind), toError(thrown).message);
  }) as express.ErrorRequestHandler);
  const server = await serve(app as Parameters<typeof serve>[0]);

  return {
    store,
    records,
    failures,
    url: server.url,
    filesOf: ({ id }: Job, kind: 'items' | 'logs') => filesOf(paths(id), kind),
    refuseWrites: () => {
      mayWrite = false;
    },
    job: (spider = 'css'): Job => store.addJob({ request: aRequest({ spider }), actor: 'USER' }, 1),
    get: (path: string, headers: Record<string, string> = {}) => fetch(server.url + path, { headers }),
    /** What a path gives, as text, if it is answered 200. */
    async text(path: string, headers: Record<string, string> = {}): Promise<string> {
      const answer = await fetch(server.url + path, { headers });
      const text = await answer.text();
      if (answer.status !== 200) throw new Error(`${answer.status} ${text}`);
      return text;
    },
    async lines(path: string): Promise<unknown[]> {
      const text = await this.text(path);
      return text
        .split('\n')
        .filter(Boolean)
        .map((line): unknown => JSON.parse(line));
    },
    /** Sends a body without a content type, as the clients do; gives status and answer. */
    async post(path: string, body: string | Buffer, headers: Record<string, string> = {}) {
      const answer = await fetch(server.url + path, {
        method: 'POST',
        body: new Uint8Array(Buffer.from(body)),
        headers,
      });
      return { status: answer.status, text: await answer.text() };
    },
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]();
      store.close();
      folder[Symbol.dispose]();
    },
  };
}
