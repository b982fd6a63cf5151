import { join } from 'node:path';
import { peerEnvironment } from './peer-environment.ts';

const COMMON = {
  constraints: join(import.meta.dirname, '../fixtures/scrapy-cloud-peers/constraints.txt'),
  pythons: ['3.11', '3.12', '3.10', '3.13'],
};

/**
 * The real clients of Scrapy Cloud, in one environment, with msgpack.
 * @returns its folder; `bin` has `shub` and a `python` with `scrapinghub`
 * @throws Error that says what is missing
 */
export function scrapyCloudPeers(): Promise<string> {
  return peerEnvironment({
    ...COMMON,
    name: 'scrapy-cloud-peers',
    // shub builds eggs with the setuptools of its own Python.
    requirements: ['scrapinghub[msgpack]==2.9.0', 'shub==2.18.*', 'setuptools<81', 'wheel'],
  });
}

/** The client library where msgpack is not installed, as above. */
export function scrapinghubWithoutMsgpack(): Promise<string> {
  return peerEnvironment({
    ...COMMON,
    name: 'scrapinghub-without-msgpack',
    requirements: ['scrapinghub==2.9.0'],
  });
}
