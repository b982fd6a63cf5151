#!/usr/bin/env node
// `npx orbweaver …`: what `npm run orbweaver -- …` does.
process.argv.splice(2, 0, 'orbweaver');
await import('./run.mjs');
