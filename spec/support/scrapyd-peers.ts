import { join } from 'node:path';
import { peerEnvironment } from './peer-environment.ts';

/**
 * The real scrapyd and its clients, in one environment.
 * @returns its folder; `bin` has `scrapyd`, `scrapyd-deploy`, `scrapyd-client` and a `python` with `scrapyd_api`
 * @throws Error that says what is missing
 */
export function scrapydPeers(): Promise<string> {
  return peerEnvironment({
    name: 'scrapyd-peers',
    requirements: [
      'scrapyd==1.6.0',
      'scrapyd-client==2.0.3',
      'python-scrapyd-api==2.1.2',
      'Scrapy==2.19.0',
      // scrapyd imports pkg_resources, which newer ones do not have.
      'setuptools<81',
    ],
    constraints: join(import.meta.dirname, '../fixtures/scrapyd-peers/constraints.txt'),
    pythons: ['3.11', '3.12', '3.10', '3.13'],
  });
}
