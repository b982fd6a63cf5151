import escapeHtml from 'escape-html';
import type { RequestHandler } from 'express';
import { forwardedPrefix } from './forwarded-prefix.ts';

const PATHS = [
  '/jobs',
  '/logs/',
  '/items/',
  '/status.json',
  '/list-projects.json',
  '/list-jobs.json?status=ACTIVE',
  '/list-jobs.json?status=COMPLETED&limit=100',
];

export interface HomeOptions {
  /** Version of the daemon. */
  version: string;
  /** The header by which a proxy says under which path it serves the daemon. */
  prefixHeader: string;
}

/** A page for whoever opens the address in a browser. */
export function home({ version, prefixHeader }: HomeOptions): RequestHandler {
  return (req, res) => {
    const prefix = forwardedPrefix(req.headers, prefixHeader);
    const links = PATHS.map(
      (path) => `<li><a href="${escapeHtml(prefix + path)}">${escapeHtml(path.slice(1))}</a></li>`,
    );
    res.type('html').send(`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Orbweaver</title></head>
<body>
<h1>Orbweaver ${escapeHtml(version)}</h1>
<p>This daemon runs Scrapy spiders on time.</p>
<ul>
${links.join('\n')}
</ul>
</body>
</html>
`);
  };
}
