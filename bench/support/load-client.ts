// The process of a LoadClient.
import { Agent } from 'node:http';
import { toError } from '../../src/errors.ts';
import type { Calls, Load } from './load.ts';
import { post } from './post.ts';

process.on('message', (calls: Calls) => {
  void callAll(calls)
    .catch((error: unknown) => ({ fault: toError(error).message }))
    .then((answer) => process.send?.(answer));
});

async function callAll({ url, fields, count, connections }: Calls): Promise<Load> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const ms: number[] = [];
  let left = count;
  const one = async () => {
    while (left > 0) {
      left -= 1;
      const from = performance.now();
      await post(url, agent, fields);
      ms.push(performance.now() - from);
    }
  };
  const from = performance.now();
  await Promise.all(Array.from({ length: connections }, one));
  const seconds = (performance.now() - from) / 1000;
  agent.destroy();
  return { callsASecond: count / seconds, ms };
}
