// `npm run site`: the small site that examples/quotes crawls, on the address that its spiders know.
import { startSite } from './site.ts';

const { url } = await startSite({ port: 8000 });
process.stdout.write(`The quotes are on ${url} (Ctrl-C ends it).\n`);
