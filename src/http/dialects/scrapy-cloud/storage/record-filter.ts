import { UserError } from '../../../../errors.ts';
import { parseJson, toJsonText, type Json } from '../../../../json-text.ts';
import { fieldsOf } from '../../../../records/json-fields.ts';

/** Whether a record is wanted; it is given as JSON. */
export type Filter = (record: Buffer) => boolean;

/** Whether the value of a field is such; a test is made for each value of the filter, and one is enough. */
type Test = (value: Json, wanted: Json) => boolean;

const TESTS: ReadonlyMap<string, Test> = new Map<string, Test>([
  ['=', (value, wanted) => isEqual(value, wanted)],
  ['>', (value, wanted) => order(value, wanted) === 1],
  ['<', (value, wanted) => order(value, wanted) === -1],
  ['>=', (value, wanted) => (order(value, wanted) ?? -1) >= 0],
  ['<=', (value, wanted) => (order(value, wanted) ?? 1) <= 0],
  ['contains', (value, wanted) => isPart(value, wanted, (text) => text)],
  ['icontains', (value, wanted) => isPart(value, wanted, (text) => text.toLowerCase())],
  ['haselement', (value, wanted) => hasElement(value, wanted)],
]);

/** What holds only if it does for no value of the filter. */
const DENIALS: ReadonlyMap<string, Test> = new Map<string, Test>([
  ['!=', isEqual],
  ['hasnotelement', hasElement],
]);

/** What needs no value. */
const STATES: ReadonlyMap<string, (value: Json | undefined) => boolean> = new Map([
  ['isempty', isEmpty],
  ['isnotempty', (value: Json | undefined) => !isEmpty(value)],
]);

const OPERATORS = [...TESTS.keys(), ...DENIALS.keys(), ...STATES.keys()];

/**
 * Reads a filter: `[field, operator, [values]]` as JSON. It wants records whose field meets one of the values; a record
 * without the field meets none.
 *
 * @throws UserError `invalid`
 */
export function readFilter(text: string): Filter {
  const filter = parsed(text);
  const [field, operator, given = []] = Array.isArray(filter) ? filter : [];
  if (typeof field !== 'string' || typeof operator !== 'string') {
    throw new UserError(
      'invalid',
      `The filter "${text}" is not understood: send [field, operator, [values]] as JSON.`,
    );
  }
  const values = Array.isArray(given) ? given : [given];
  const state = STATES.get(operator);
  if (state !== undefined) return (record) => state(valueOf(record, field));

  const test = TESTS.get(operator);
  const denial = DENIALS.get(operator);
  if (test === undefined && denial === undefined) {
    throw new UserError(
      'invalid',
      `The operator "${operator}" of a filter is not known: use one of ${OPERATORS.join(', ')}.`,
    );
  }
  if (values.length === 0) throw new UserError('invalid', `The filter "${text}" has no values.`);
  return (record) => {
    const value = valueOf(record, field);
    if (value === undefined) return false;
    return test === undefined
      ? !values.some((wanted) => denial?.(value, wanted))
      : values.some((wanted) => test(value, wanted));
  };
}

function parsed(text: string): Json {
  try {
    return parseJson(text);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError('invalid', `The filter "${text}" is not understood. ${error.message}`, {
      cause: error,
    });
  }
}

/** The value of a field; undefined if there is none. */
function valueOf(record: Buffer, name: string): Json | undefined {
  const field = fieldsOf(record).findLast((each) => each.name === name);
  if (field === undefined) return undefined;
  try {
    return parseJson(record.toString('utf8', field.start, field.end));
  } catch {
    // A spider can write to its own files what is no JSON.
    return undefined;
  }
}

function isEqual(one: Json, other: Json): boolean {
  return order(one, other) === 0 || toJsonText(one) === toJsonText(other);
}

/** How two numbers or two texts follow each other: -1, 0, 1; null for anything else. */
function order(one: Json, other: Json): number | null {
  const pair = [comparable(one), comparable(other)] as const;
  const [left, right] = pair;
  if (left === null || right === null) return null;
  if ((typeof left === 'string') !== (typeof right === 'string')) return null;
  if (left < right) return -1;
  return left > right ? 1 : 0;
}

/** A number as large as it is: integers beyond 2^53, too. */
function comparable(value: Json): number | bigint | string | null {
  if (typeof value === 'number' || typeof value === 'string') return value;
  if (!JSON.isRawJSON(value)) return null;
  return /^-?\d+$/.test(value.rawJSON) ? BigInt(value.rawJSON) : Number(value.rawJSON);
}

function isPart(value: Json, wanted: Json, fold: (text: string) => string): boolean {
  const [text, part] = [value, wanted].map((each) => (typeof each === 'string' ? each : toJsonText(each)));
  return fold(text ?? '').includes(fold(part ?? ''));
}

function hasElement(value: Json, wanted: Json): boolean {
  return Array.isArray(value) && value.some((element) => isEqual(element, wanted));
}

function isEmpty(value: Json | undefined): boolean {
  if (value === undefined || value === null || value === '') return true;
  return typeof value === 'object' && !JSON.isRawJSON(value) && Object.keys(value).length === 0;
}
