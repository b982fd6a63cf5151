// `npm run site`: the small site that examples/quotes crawls, on the address that its spiders know.
import { startSite } from './site.ts';

const PORT = 8000;

try {
  const { url } = await startSite({ port: PORT });
  process.stdout.write(`The quotes are on ${url} (Ctrl-C ends it).\n`);
} catch (error) {
  if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
  process.stderr.write(
    `The site cannot start: another program has "127.0.0.1:${PORT}", where the spiders look for it. Stop that one first.\n`,
  );
  process.exitCode = 1;
}
