// A small site of quotes on loopback, for the demo and for specs to crawl.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { AUTHORS, QUOTES } from './site-quotes.ts';

export const QUOTES_PER_PAGE = 6;
const SLOW_MS = 2000;
const LONGEST_DELAY_MS = 60_000;

/** Pages of quotes that the site has. */
export const PAGES = Math.ceil(QUOTES.length / QUOTES_PER_PAGE);

export interface Site {
  /** The first page: `http://127.0.0.1:8000/`. */
  url: string;
  close(): Promise<void>;
}

interface Page {
  status: number;
  type: string;
  body: string;
}

/**
 * Serves the site on 127.0.0.1: pages of quotes at `/` and `/page/N/`, authors at `/author/NAME/`.
 * `/slow` answers after two seconds. `/endless/N` has a quote and a next page for ever.
 * Each page takes `?delay=MILLISECONDS` and hands it on to its links, so that a crawl takes as long as one likes.
 * @param options.port 0 lets the system choose
 */
export async function startSite({ port }: { port: number }): Promise<Site> {
  const server = createServer((request, response) => {
    const url = new URL((request.url ?? '/').replace(/^\/+/, '/'), 'http://site');
    const hangUp = new AbortController();
    response.on('close', () => {
      hangUp.abort();
    });
    sleep(delayOf(url), undefined, { signal: hangUp.signal }).then(
      () => {
        const { status, type, body } = pageAt(url);
        response.writeHead(status, { 'Content-Type': `${type}; charset=utf-8` }).end(body);
      },
      // The client did not want to wait.
      () => undefined,
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

function delayOf({ pathname, searchParams }: URL): number {
  const asked = Number(searchParams.get('delay') ?? (pathname === '/slow' ? SLOW_MS : 0));
  return asked > 0 ? Math.min(asked, LONGEST_DELAY_MS) : 0;
}

function pageAt({ pathname, search }: URL): Page {
  const [first, second = ''] = pathname.split('/').filter((part) => part !== '');
  if (first === undefined) return quotesPage(1, search);
  if (first === 'robots.txt') return { status: 200, type: 'text/plain', body: 'User-agent: *\nAllow: /\n' };
  if (first === 'page' && isPage(second)) return quotesPage(Number(second), search);
  if (first === 'author') return authorPage(second);
  if (first === 'slow') return html('Slow', '<p>At last.</p>');
  if (first === 'endless') return endlessPage(Number(second), search);
  return missing();
}

function isPage(text: string): boolean {
  return /^\d+$/.test(text) && Number(text) >= 1 && Number(text) <= PAGES;
}

function quotesPage(page: number, search: string): Page {
  const quotes = QUOTES.slice((page - 1) * QUOTES_PER_PAGE, page * QUOTES_PER_PAGE).map((quote) =>
    quoteBlock(quote.text, authorLink(quote.author, search), quote.tags),
  );
  return html(
    `Quotes, page ${page}`,
    quotes.join('\n') + (page < PAGES ? nextLink(`/page/${page + 1}/`, search) : ''),
  );
}

function endlessPage(page: number, search: string): Page {
  const number = Number.isSafeInteger(page) ? page : 0;
  const block = quoteBlock(`Page ${number} of endlessly many.`, authorLink('thoreau', search), ['endless']);
  return html(`Endless, page ${number}`, block + nextLink(`/endless/${number + 1}`, search));
}

function authorPage(key: string): Page {
  const author = Object.hasOwn(AUTHORS, key) ? AUTHORS[key] : undefined;
  if (author === undefined) return missing();
  return html(
    author.name,
    `<p class="lived">${author.lived}</p>\n<p class="about">${escape(author.about)}</p>`,
  );
}

function missing(): Page {
  return { ...html('Not found', '<p>There is no such page.</p>'), status: 404 };
}

function quoteBlock(text: string, author: string, tags: string[]): string {
  const list = tags.map((tag) => `<li class="tag">${escape(tag)}</li>`).join('');
  return `<div class="quote"><p class="text">${escape(text)}</p>${author}<ul>${list}</ul></div>`;
}

function authorLink(key: string, search: string): string {
  return `<a class="author" href="/author/${key}/${escape(search)}">${escape(AUTHORS[key]?.name ?? key)}</a>`;
}

function nextLink(path: string, search: string): string {
  return `\n<p><a rel="next" href="${path}${escape(search)}">Next</a></p>`;
}

function html(title: string, content: string): Page {
  const head = `<head><meta charset="utf-8"><title>${escape(title)}</title></head>`;
  const body = `<body>\n<h1>${escape(title)}</h1>\n${content}\n</body>`;
  return {
    status: 200,
    type: 'text/html',
    body: `<!doctype html>\n<html lang="en">${head}\n${body}</html>\n`,
  };
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function escape(text: string): string {
  return text.replace(/[&<>"]/g, (character) => ENTITIES[character] ?? character);
}
