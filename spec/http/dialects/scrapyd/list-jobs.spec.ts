import { expect } from 'chai';
import express from 'express';
import type { CoreView } from '../../../../src/access/core-view.ts';
import { endpoint } from '../../../../src/http/dialects/scrapyd/endpoint.ts';
import { listJobs } from '../../../../src/http/dialects/scrapyd/list-jobs.ts';
import { CHUNK_ROWS } from '../../../../src/http/write-chunks.ts';
import { OutputFiles } from '../../../../src/spiderhost/output-files.ts';
import { serve } from '../../serve.ts';
import { aSite } from './pages/site.ts';

describe('listjobs.json of scrapyd', () => {
  it('lists as many finished jobs as are wanted, a few in each turn of the event loop', async () => {
    await using site = await aSite();
    site.push('quotes', ['css']);
    const copies = site.copies(site.ran(site.pending()), 5 * CHUNK_ROWS);
    let [inTurn, most] = [0, 0];
    const outputs = new (class extends OutputFiles {
      override paths(id: string) {
        if (inTurn === 0) {
          setImmediate(() => {
            most = Math.max(most, inTurn);
            inTurn = 0;
          });
        }
        inTurn += 1;
        return site.outputs.paths(id);
      }
    })('/nowhere');
    const app = express();
    const coreOf = () => ({ store: site.store }) as unknown as CoreView;
    const options = { coreOf, outputs, nodeName: 'node', finishedToKeep: copies.length };
    app.use('/listjobs.json', endpoint('/listjobs.json', options, listJobs(options)));
    await using server = await serve(app as Parameters<typeof serve>[0]);

    const answer = (await (await fetch(`${server.url}/listjobs.json`)).json()) as { finished: object[] };
    expect(answer).to.include({ status: 'ok', node_name: 'node' });
    expect(answer.finished).to.have.length(copies.length);
    expect(most).to.be.within(1, CHUNK_ROWS);
  });
});
