import { expect } from 'chai';
import express from 'express';
import { home } from '../../src/http/home.ts';
import { serve } from './serve.ts';

async function linksOf(headers: Record<string, string>): Promise<string[]> {
  const app = express();
  app.get('/', home({ version: '1.2.3', prefixHeader: 'x-forwarded-prefix' }));
  await using server = await serve(app as Parameters<typeof serve>[0]);
  const response = await fetch(server.url, { headers });
  const text = await response.text();
  expect([response.status, response.headers.get('content-type')]).to.deep.equal([
    200,
    'text/html; charset=utf-8',
  ]);
  expect(text).to.include('<h1>Orbweaver 1.2.3</h1>');
  return Array.from(text.matchAll(/href="([^"]*)"/g), ([, href = '']) => href);
}

describe('the page at /', () => {
  it('links to the pages and lists that there are', async () => {
    const links = await linksOf({});
    expect(links).to.include.members(['/jobs', '/logs/', '/items/', '/status.json', '/list-projects.json']);
    expect(links).to.include('/list-jobs.json?status=COMPLETED&amp;limit=100');
  });

  it('puts the prefix of a proxy in front of each link, and nothing that is no prefix', async () => {
    const plain = await linksOf({});
    expect(await linksOf({ 'X-Forwarded-Prefix': '/spiders/' })).to.deep.equal(
      plain.map((link) => `/spiders${link}`),
    );
    expect(await linksOf({ 'X-Forwarded-Prefix': '//evil.example' })).to.deep.equal(plain);
  });
});
