// Which folder may import what. `.ci/boundaries.mjs` runs this.

const core = '^src/(schedule|projects|jobs|access|records)/';
const shared = '^src/(errors|log|clock|json-text)\\.ts$';

/** A rule: files of `from` import nothing of `to`. */
function never(name, comment, from, to) {
  return { name, comment, severity: 'error', from, to };
}

module.exports = {
  forbidden: [
    never('no-cycles', 'Each part can be read and tested by itself.', {}, { circular: true }),
    never(
      'resolvable',
      'An import that is not found is not checked either.',
      {},
      { couldNotResolve: true, pathNot: '^node:' },
    ),
    never(
      'core-knows-only-core',
      'schedule, projects, jobs, access and records know no HTTP, no SQL, no processes.',
      { path: core },
      { path: '^src/', pathNot: [core, shared] },
    ),
    never(
      'jobs-before-schedule',
      'A schedule makes jobs; a job knows no schedules.',
      { path: '^src/jobs/' },
      { path: '^src/schedule/' },
    ),
    never(
      'projects-first',
      'A project knows neither jobs nor schedules.',
      { path: '^src/projects/' },
      { path: '^src/(jobs|schedule)/' },
    ),
    never(
      'records-stand-alone',
      'Records are files: what a job or a project is does not matter to them.',
      { path: '^src/records/' },
      { path: '^src/', pathNot: ['^src/records/', shared] },
    ),
    never(
      'core-without-outside',
      'No server and no database in the core.',
      { path: core },
      {
        path: '(^|node_modules/)(express|multer|helmet|pino)(/|$)|^(node:)?(sqlite|http|https|http2|net|tls)$',
      },
    ),
    never(
      'files-not-in-jobs-and-schedules',
      'In the core only projects (archives, pip, listing spiders), access (the audit log) and records reach outside.',
      { path: '^src/(schedule|jobs)/' },
      { path: '^(node:)?(fs(/promises)?|child_process)$' },
    ),
    never(
      'store-implements-core',
      'The store implements what the core asks for, and knows nothing else.',
      { path: '^src/store/' },
      { path: '^src/', pathNot: [core, shared, '^src/store/'] },
    ),
    never(
      'spiderhost-implements-core',
      'The spider host implements what the core asks for, and knows nothing else.',
      { path: '^src/spiderhost/' },
      { path: '^src/', pathNot: [core, shared, '^src/spiderhost/'] },
    ),
    never(
      'http-on-core',
      'HTTP speaks to the core and to the store port, not to SQLite or the spider host.',
      { path: '^src/http/' },
      { path: '^src/(store/sqlite|spiderhost|cli|config|web)/' },
    ),
    never(
      'settings-stand-alone',
      'Settings are validated once, before there is anything else.',
      { path: '^src/config/' },
      { path: '^src/', pathNot: [shared, '^src/config/'] },
    ),
    never(
      'only-main-constructs',
      'Only daemon.ts wires the parts, and only main.ts starts it.',
      { path: '^src/', pathNot: '^src/main\\.ts$' },
      { path: '^src/(daemon|main)\\.ts$' },
    ),
    never(
      'nothing-from-specs',
      'What is shipped needs no spec, example or benchmark, nor a development package.',
      { path: '^src/' },
      { path: '^(spec|examples|bench)/' },
    ),
    never(
      'no-development-packages',
      'The npm package installs dependencies only.',
      { path: '^src/' },
      { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], pathNot: '^node_modules/@types/' },
    ),
  ],
  options: {
    // Imports of types count too.
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^spec/fixtures/' },
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.js', '.mjs', '.cjs', '.json'],
    },
  },
};
