import { aCloud } from './a-cloud.ts';

export { START } from './a-cloud.ts';

/** A cloud whose project 123 is held for workers outside, asked in the form of the storage. */
export async function aHeldCloud() {
  const cloud = await aCloud();
  const { store, clock, dispatcher } = cloud;
  store.setHeld('quotes', true);
  dispatcher.start([]);

  const ask = (path: string, body?: unknown, method = body === undefined ? 'GET' : 'POST') =>
    fetch(cloud.url + path, {
      method,
      // Clients say nothing of the type of what they send.
      ...(body === undefined
        ? {}
        : { body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)) }),
    });

  return {
    ...cloud,
    ask,
    /** What is answered, line by line. */
    async lines<Row = Record<string, unknown>>(
      path: string,
      body?: unknown,
      method?: string,
    ): Promise<Row[]> {
      const response = await ask(path, body, method);
      const text = await response.text();
      if (response.status !== 200) throw new Error(`${response.status} ${text}`);
      return text
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Row);
    },
    /** The status and message of a refusal. */
    async refusal(path: string, body?: unknown, method?: string): Promise<[status: number, message: string]> {
      const response = await ask(path, body, method);
      const { message } = (await response.json()) as { message: string };
      return [response.status, message];
    },
    /** Pushes a job; gives its key. */
    async push(fields: object = {}): Promise<string> {
      clock.step(10);
      const [row] = await this.lines('/jobq/123/push', { spider: 'css', ...fields });
      return String(row?.key);
    },
    async update(line: object) {
      clock.step(10);
      return this.lines('/jobq/123/update', line);
    },
  };
}

export type HeldCloud = Awaited<ReturnType<typeof aHeldCloud>>;
