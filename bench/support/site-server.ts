// Serves the small linked pages that the row `crawl` crawls; a process of its own, so that it is in nobody's way.
//
// `/200/0` is the first page of a site of 200: each has an item and links to ten others, like the nodes of a tree.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const LINKS = 10;
const WORDS = 'the web of our life is of a mingled yarn good and ill together '.repeat(8);

const pages = new Map<string, Buffer>();

const server = createServer(({ url = '/' }, response) => {
  const page = pageAt(url);
  response.writeHead(page === null ? 404 : 200, { 'Content-Type': 'text/html; charset=utf-8' });
  response.end(page ?? 'Not found\n');
});
server.listen(0, '127.0.0.1', () => {
  process.send?.(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
// Also when the benchmark is killed.
process.once('disconnect', () => process.exit());

function pageAt(path: string): Buffer | null {
  const known = pages.get(path);
  if (known !== undefined) return known;
  const [, count = NaN, number = NaN] = (/^\/(\d{1,4})\/(\d{1,4})$/.exec(path) ?? []).map(Number);
  if (!(number < count)) return null;
  const page = Buffer.from(htmlOf(count, number));
  pages.set(path, page);
  return page;
}

function htmlOf(count: number, number: number): string {
  const linked = Array.from({ length: LINKS }, (_, index) => number * LINKS + 1 + index);
  const links = linked
    .filter((other) => other < count)
    .map((other) => `<li><a rel="next" href="/${count}/${other}">Page ${other}</a></li>`);
  const head = `<head><meta charset="utf-8"><title>Page ${number}</title></head>`;
  const text = `<h1>Page ${number}</h1>\n<p class="text">${WORDS}</p>\n<ul>${links.join('')}</ul>`;
  return `<!doctype html>\n<html lang="en">${head}\n<body>\n${text}\n</body></html>\n`;
}
