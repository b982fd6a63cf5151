import { eggOf } from '../scrapyd-egg.ts';
import type { Ask } from '../scrapyd-request.ts';
import { urlencoded } from '../send.ts';
import { zip } from '../zip.ts';

const EGG = eggOf('trouble');
const ODD_NAME = '<b>\u{1f577}';
const TRACEBACK = 'scrapyd shows a Python traceback, and keeps the egg';

/** A request that brings a version of the project. */
export const add = (version: string, project = 'trouble'): Ask => ({
  ask: 'POST /addversion.json',
  parts: { project, version, egg: EGG },
});

const asUrlencoded = (fields: Record<string, string | Buffer>) => ({
  form: urlencoded(fields).body.toString(),
});

/** Eggs, their versions, and what is in them. */
export const VERSIONS: Ask[] = [
  {
    ask: 'POST /addversion.json',
    parts: { project: 'bad', version: '1', egg: zip([{ name: 'a.txt', content: 'a' }]) },
    differs: {
      why: TRACEBACK,
      body: { message: 'The archive has no "scrapy.cfg" at its root, and "0" folders there instead of one.' },
    },
  },
  {
    ask: 'POST /addversion.json',
    parts: { project: 'bad', version: '2', egg: eggOf('trouble', null) },
    differs: {
      why: TRACEBACK,
      body: {
        message:
          'The egg does not say where its settings are: "EGG-INFO/entry_points.txt" has no "settings" in "[scrapy]", and there is no "scrapy.cfg".',
      },
    },
  },
  {
    ask: 'POST /addversion.json',
    parts: { project: 'bad', version: '3', egg: eggOf('trouble', 'no.such') },
    differs: {
      why: TRACEBACK,
      body: {
        message:
          'The project\'s settings module "no.such" cannot be imported: ModuleNotFoundError.\n{traceback}',
      },
    },
  },
  {
    ask: 'GET /listversions.json?project=bad',
    differs: { why: 'a refused egg leaves nothing behind', body: { versions: [] } },
  },
  {
    ask: 'POST /delproject.json',
    form: 'project=bad',
    differs: {
      why: 'a refused egg leaves nothing behind',
      body: { status: 'error', message: "project 'bad' not found" },
    },
  },
  add('9'),
  add('10'),
  { ask: 'POST /addversion.json', ...asUrlencoded({ project: 'trouble', version: '2', egg: EGG }) },
  { ask: 'GET /listprojects.json' },
  { ask: 'HEAD /listprojects.json' },
  { ask: 'GET /listversions.json?project=trouble' },
  add('r1'),
  { ask: 'GET /listversions.json?project=trouble' },
  { ask: 'GET /listspiders.json?project=trouble' },
  { ask: 'GET /listspiders.json?project=trouble&_version=9' },
  { ask: 'GET /listspiders.json?project=trouble&_version=' },
  { ask: 'GET /listspiders.json?project=trouble&_version=3' },
  { ask: 'GET /listspiders.json?project=trouble&_version=../9' },
  { ask: 'POST /delversion.json', form: 'project=trouble&version=r1' },
  { ask: 'POST /delversion.json', form: 'project=trouble&version=r1' },
  { ask: 'POST /delversion.json', form: 'project=trouble&version=../9' },
  { ask: 'POST /delversion.json', form: 'project=trouble&version=' },
  { ask: 'GET /listversions.json?project=trouble' },
  add('10'),
  { ask: 'GET /listversions.json?project=trouble' },
  add('1.0', ODD_NAME),
  { ask: 'GET /listprojects.json' },
  {
    ask: `GET /listversions.json?project=${encodeURIComponent(ODD_NAME)}`,
    differs: { why: 'a version keeps its name', body: { versions: { 0: '1.0' } } },
  },
  { ask: 'POST /delversion.json', form: `project=${encodeURIComponent(ODD_NAME)}&version=1.0` },
  { ask: `GET /listversions.json?project=${encodeURIComponent(ODD_NAME)}` },
  { ask: `GET /listspiders.json?project=${encodeURIComponent(ODD_NAME)}` },
];
