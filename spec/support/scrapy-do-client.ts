import { join } from 'node:path';
import { peerEnvironment } from './peer-environment.ts';

/**
 * The real Scrapy Do's command-line client.
 * @returns path of `scrapy-do-cl`
 * @throws Error that says what is missing
 */
export async function scrapyDoClient(): Promise<string> {
  const folder = await peerEnvironment({
    name: 'scrapy-do-client',
    requirements: ['scrapy-do==0.5.0'],
    constraints: join(import.meta.dirname, '../fixtures/scrapy-do-client/constraints.txt'),
    // It imports distutils, which Python 3.12 has no more; the pinned packages want 3.10.
    pythons: ['3.11', '3.10'],
  });
  return join(folder, 'bin', 'scrapy-do-cl');
}
