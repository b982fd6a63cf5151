import type { z } from 'zod';
import { UserError } from '../../../errors.ts';
import type { Json } from '../../../json-text.ts';
import type { Params } from '../../params.ts';
import { shown } from '../../shown.ts';

/** What is wrong, and where: a JSON pointer into the body, as RFC 9457 writes it (`#/tags/0`), or a parameter. */
export type Fault = ({ pointer: string } | { parameter: string }) & { detail: string };

/** More are no help to anybody. */
const MOST_FAULTS = 10;

/** A body or a query that is not as it must be, with all that is wrong with it. */
export class Faults extends UserError {
  readonly faults: readonly Fault[];

  constructor(faults: readonly Fault[]) {
    super('invalid', faults.map(({ detail }) => detail).join(' '));
    this.faults = faults;
  }
}

/** Where a value stands, as clients are told. */
type Place = (path: readonly PropertyKey[]) => { pointer: string } | { parameter: string };

const inBody: Place = (path) => ({ pointer: `#${path.map((key) => `/${escaped(key)}`).join('')}` });
const inQuery: Place = (path) => ({ parameter: String(path[0]) });

/**
 * A JSON body as its schema has it. The messages of a schema say what a value must be: `must be a text`.
 * @throws Faults
 */
export function readBodyAs<Shape extends z.ZodObject>(schema: Shape, body: Json): z.output<Shape> {
  // A number that is kept as it was written is an object in JavaScript only.
  const value = JSON.isRawJSON(body) ? Number(body.rawJSON) : body;
  return parsed(schema, value, { place: inBody, what: 'field' });
}

/**
 * A query as its schema has it.
 * @param lists the parameters that may be given several times
 * @throws Faults
 */
export function readQueryAs<Shape extends z.ZodObject>(
  schema: Shape,
  params: Params,
  lists: readonly string[] = [],
): z.output<Shape> {
  const given = params.names().map((name): [string, Json] => {
    const values = params.all(name);
    if (lists.includes(name)) return [name, values];
    if (values.length === 1) return [name, values[0] ?? ''];
    throw new Faults([{ parameter: name, detail: `Parameter "${name}" is given twice.` }]);
  });
  return parsed(schema, Object.fromEntries(given), { place: inQuery, what: 'parameter' });
}

function parsed<Shape extends z.ZodObject>(
  schema: Shape,
  value: Json,
  { place, what }: { place: Place; what: string },
): z.output<Shape> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const known = Object.keys(schema.shape);
  const faults = result.error.issues.flatMap((issue): Fault[] => {
    if (issue.code !== 'unrecognized_keys') {
      const named = what === 'parameter' ? issue.path.slice(0, 1) : issue.path;
      return [{ ...place(issue.path), detail: inWords(named, issue.message, at(value, issue.path)) }];
    }
    return issue.keys.map((key) => ({
      ...place([...issue.path, key]),
      detail: `There is no ${what} "${shown(key)}": ${known.length === 0 ? 'none is taken here' : `use ${known.join(', ')}`}.`,
    }));
  });
  throw new Faults(faults.slice(0, MOST_FAULTS));
}

function inWords(path: readonly PropertyKey[], must: string, value: Json | undefined): string {
  const name = path.map(String).join('.');
  if (path.length === 0) return `The body ${must}, not "${shown(value ?? null)}".`;
  if (value === undefined) return `"${shown(name)}" is missing: it ${must}.`;
  return `"${shown(name)}" ${must}, not "${shown(value)}".`;
}

/** The value at a path; undefined where there is none. */
function at(value: Json, path: readonly PropertyKey[]): Json | undefined {
  return path.reduce<Json | undefined>((inside, key) => {
    if (typeof inside !== 'object' || inside === null || !Object.hasOwn(inside, key)) return undefined;
    return (inside as Record<PropertyKey, Json>)[key];
  }, value);
}

function escaped(key: PropertyKey): string {
  return String(key).replaceAll('~', '~0').replaceAll('/', '~1');
}
