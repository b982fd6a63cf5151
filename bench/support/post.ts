import { request, type Agent } from 'node:http';

/**
 * Posts an urlencoded form. `fetch` takes milliseconds of its own for the first call after a rest; this does next to
 * nothing beside writing and reading.
 * @throws Error when the answer is not the status 200 with `"ok"` in it, which all the targets' APIs say
 */
export function post(url: string, agent: Agent, fields: Readonly<Record<string, string>>): Promise<void> {
  const body = new URLSearchParams(fields).toString();
  const headers = {
    'content-type': 'application/x-www-form-urlencoded',
    'content-length': Buffer.byteLength(body),
  };
  return new Promise((resolve, reject) => {
    const sent = request(url, { agent, method: 'POST', headers }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => (text += part));
      response.on('end', () => {
        if (response.statusCode === 200 && text.includes('"ok"')) resolve();
        else reject(new Error(`${url} answered ${response.statusCode}: ${text}`));
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
