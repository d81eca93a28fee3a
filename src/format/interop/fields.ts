/**
 * Looking into the JSON of strangers, one field at a time. Each look says what it expects, and refuses anything else as
 * ERR_FORMAT with the place. Own keys alone count: nothing here reads or writes through a prototype. Knows no formats.
 */
import { checkInteger, checkNumber, plural, show } from '../../check.js';
import { GradletError } from '../../errors.js';
import { isRecord, parseJson } from '../json.js';

export type Fields = Readonly<Record<string, unknown>>;

/** Deep enough for every known writer; far too shallow to overflow a stack. */
const LIMITS = { depth: 64, spacing: 4 };

/** Refuses a file or an object: `where` names the place, `what` the fault. */
export function refuse(where: string, what: string, options?: ErrorOptions): never {
  throw new GradletError('ERR_FORMAT', `${where}: ${what}`, options);
}

/** What the caller gave as JSON: an object, or its text. */
export function jsonGiven(where: string, given: unknown): Fields {
  if (typeof given === 'string') {
    const value = parseJson(`${where}:`, given, LIMITS);
    return isRecord(value) ? value : refuse(where, `expected a JSON object, got ${show(value)}`);
  }
  if (!isRecord(given) || ArrayBuffer.isView(given))
    throw new TypeError(`${where}: expected a JSON object or its text, got ${show(given)}`);
  return given;
}

/** The value under the first of `names` that is there and not null. */
export function pick(fields: Fields, ...names: readonly string[]): unknown {
  const name = names.find((candidate) => Object.hasOwn(fields, candidate) && fields[candidate] !== null);
  return name === undefined ? undefined : fields[name];
}

export function fieldsOf(where: string, value: unknown): Fields {
  return isRecord(value) ? value : refuse(where, `expected an object, got ${show(value)}`);
}

/** An array without holes, which JSON does not have, but an object given in its place might. */
export function listOf(where: string, value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) refuse(where, `expected an array, got ${show(value)}`);
  for (let i = 0; i < value.length; i++) if (!(i in value)) refuse(where, `expected ${plural(value.length, 'item')}, got none at ${i}`);
  return value;
}

export function textOf(where: string, value: unknown): string {
  return typeof value === 'string' ? value : refuse(where, `expected a text, got ${show(value)}`);
}

/** A boolean; undefined stands for `otherwise`. */
export function flagOf(where: string, value: unknown, otherwise: boolean): boolean {
  if (value === undefined) return otherwise;
  return typeof value === 'boolean' ? value : refuse(where, `expected true or false, got ${show(value)}`);
}

export function integerOf(where: string, value: unknown, min: number, max?: number): number {
  return asFormat(where, () => checkInteger('', value, min, max));
}

/** A finite number; undefined stands for `otherwise`. */
export function numberOf(where: string, value: unknown, otherwise?: number): number {
  return value === undefined && otherwise !== undefined ? otherwise : asFormat(where, () => checkNumber('', value));
}

/** `count` numbers that are finite as f32, in an array of their own. */
export function numbersOf(where: string, value: unknown, count: number): Float32Array<ArrayBuffer> {
  const list = ArrayBuffer.isView(value) && 'length' in value ? (value as Float32Array) : listOf(where, value);
  if (list.length !== count) refuse(where, `expected ${plural(count, 'number')}, got ${list.length}`);
  const numbers = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    const number = list[i];
    if (typeof number !== 'number') refuse(where, `expected numbers, got ${show(number)} at ${i}`);
    numbers[i] = number;
    if (!Number.isFinite(numbers[i])) refuse(where, `expected finite 32-bit numbers, got ${number} at ${i}`);
  }
  return numbers;
}

/** Runs `read`; what it finds wrong with an argument is here the fault of the file. */
export function asFormat<T>(where: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof TypeError || cause instanceof RangeError)) throw cause;
    refuse(where, cause.message.replace(/^: /, ''), { cause });
  }
}
