import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const PROGRAM = join(import.meta.dirname, 'load-client.ts');

/** The same call, again and again. */
export interface Calls {
  url: string;
  /** The form that each of them posts. */
  fields: Readonly<Record<string, string>>;
  count: number;
  /** How many are under way at any time, each on a connection that is kept open. */
  connections: number;
}

/** What calls took, from the first byte sent to the last one read. */
export interface Load {
  callsASecond: number;
  /** Of each call. */
  ms: readonly number[];
}

/** A process that calls: it shares no event loop with what is measured. */
export class LoadClient implements Disposable {
  readonly #process = fork(PROGRAM);

  /** @throws Error when an answer is not the status 200 with `"ok"` in it */
  async call(calls: Calls): Promise<Load> {
    const answered = once(this.#process, 'message') as Promise<[Load | { fault: string }]>;
    this.#process.send(calls);
    const [answer] = await answered;
    if ('fault' in answer) throw new Error(answer.fault);
    return answer;
  }

  [Symbol.dispose](): void {
    this.#process.disconnect();
  }
}
