import { peerEnvironment } from '../../spec/support/peer-environment.ts';

/**
 * Python environments with the peers and a given version of Scrapy, made once and kept in the user's cache.
 * @throws UserError that says what is missing
 */
export function scrapyDoEnvironment(scrapyVersion: string): Promise<string> {
  return peerEnvironment({
    name: 'bench-scrapy-do',
    requirements: ['scrapy-do==0.5.0', `Scrapy==${scrapyVersion}`],
    // It imports `distutils`, which Python 3.12 has no more.
    pythons: ['3.11', '3.10'],
  });
}

export function scrapydEnvironment(scrapyVersion: string): Promise<string> {
  return peerEnvironment({
    name: 'bench-scrapyd',
    // It imports `pkg_resources`, which newer ones of setuptools do not have.
    requirements: ['scrapyd==1.6.0', 'setuptools<81', `Scrapy==${scrapyVersion}`],
    pythons: ['3.11', '3.12', '3.10', '3.13'],
  });
}
