import type { RequestHandler } from 'express';

/** A page for whoever opens the address in a browser. */
export function home(version: string): RequestHandler {
  const page = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Orbweaver</title></head>
<body>
<h1>Orbweaver ${version}</h1>
<p>This daemon runs Scrapy spiders on time.</p>
<ul>
<li><a href="/status.json">status.json</a></li>
<li><a href="/list-projects.json">list-projects.json</a></li>
<li><a href="/list-jobs.json?status=ACTIVE">list-jobs.json?status=ACTIVE</a></li>
<li><a href="/list-jobs.json?status=COMPLETED&amp;limit=100">list-jobs.json?status=COMPLETED&amp;limit=100</a></li>
</ul>
</body>
</html>
`;
  return (_req, res) => {
    res.type('html').send(page);
  };
}
