// Imports run one way: checks the rules of .dependency-cruiser.cjs, and that every file of src/ was looked at.
// (The tool itself prints "no violations" and is content when it understood no file at all.)
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { cruise } from 'dependency-cruiser';

const root = join(import.meta.dirname, '..');
const FEWEST_MODULES = 20;
process.chdir(root);

const config = createRequire(import.meta.url)('../.dependency-cruiser.cjs');
const result = await cruise(['src', 'spec', 'bench', 'examples'], {
  ...config.options,
  validate: true,
  ruleSet: config,
});
const { modules, summary } = result.output;

const faults = summary.violations.map(
  ({ rule, from, to, cycle }) =>
    `${rule.name}: ${from} -> ${cycle ? cycle.map((step) => step.name).join(' -> ') : to}`,
);

const seen = new Set(modules.map((module) => module.source));
const files = readdirSync('src', { recursive: true }).filter((file) => /\.[cm]?[jt]sx?$/.test(file));
const unseen = files.map((file) => join('src', file)).filter((file) => !seen.has(file));
if (unseen.length > 0) faults.push(`not looked at: ${unseen.join(', ')}`);
if (files.length < FEWEST_MODULES) faults.push(`looked at only ${files.length} modules of src/`);

const imports = modules.filter((module) => seen.has(module.source) && module.source.startsWith('src/'));
const edges = imports.reduce((sum, module) => sum + module.dependencies.length, 0);
if (edges < FEWEST_MODULES) faults.push(`found only ${edges} imports in src/`);

for (const fault of faults) console.error(fault);
if (faults.length === 0)
  console.log(`${files.length} modules of src/ with ${edges} imports: all run one way.`);
process.exitCode = faults.length === 0 ? 0 : 1;
