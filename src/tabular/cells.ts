/** What a single cell means: nothing, a number, a truth value, a date or a text. Knows no columns. */
import { show } from '../check.js';

/** Texts that stand for a value that is not there, as spreadsheets, databases, R and Python write them. */
const MISSING: ReadonlySet<string> = new Set([
  '',
  'NA',
  'N/A',
  'n/a',
  '#N/A',
  '<NA>',
  'NaN',
  'nan',
  'NAN',
  '-nan',
  'null',
  'NULL',
  'Null',
  'None',
  'NaT',
  '?',
]);

/** Decimal digits with a point and an exponent; a whole number that begins with 0 (a code, such as 007) is none. */
const NUMBER = /^[+-]?(?:(?:0|[1-9]\d*)(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;
/** ISO 8601: a day, or a day with a time, or with a zone besides. */
const DATE = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)(Z|[+-]\d{2}:?\d{2})?)?$/;
/** What else says true and false in a column that is told to be one of truth values. */
const TRUTHS: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['false', false],
  ['t', true],
  ['f', false],
  ['yes', true],
  ['no', false],
  ['y', true],
  ['n', false],
  ['1', true],
  ['0', false],
]);

export function isMissing(value: unknown): boolean {
  if (typeof value === 'string') return MISSING.has(value.trim());
  return value === undefined || value === null || Number.isNaN(value) || (value instanceof Date && Number.isNaN(value.getTime()));
}

/** A number; undefined for what is none. Infinity is one, and refused by whoever asked. */
export function toNumber(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint' || typeof value === 'boolean') return Number(value);
  if (typeof value !== 'string') return undefined;
  const text = value.trim();
  return NUMBER.test(text) ? Number(text) : undefined;
}

/** 'true' and 'false' in any case, which say so without being asked. */
export function isTruthText(value: string): boolean {
  const text = value.trim().toLowerCase();
  return text === 'true' || text === 'false';
}

/** A truth value: booleans, 1 and 0, true, yes, t, y and their opposites in any case; undefined for what is none. */
export function toBoolean(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value;
  if (value === 0 || value === 1) return value === 1;
  return typeof value === 'string' ? TRUTHS.get(value.trim().toLowerCase()) : undefined;
}

/** Milliseconds since 1970 of a Date or an ISO text, in UTC where no zone is given; undefined for what is none. */
export function toTime(value: unknown): number | undefined {
  if (value instanceof Date) return value.getTime();
  if (typeof value !== 'string') return undefined;
  const parts = DATE.exec(value.trim());
  if (!parts) return undefined;
  const [, day, time = '00:00', zone = 'Z'] = parts;
  const midnight = Date.parse(`${day}T00:00:00Z`);
  // 30 February is the 2nd of March to some engines.
  if (Number.isNaN(midnight) || new Date(midnight).toISOString().slice(0, 10) !== day) return undefined;
  const offset = zone === 'Z' || zone.includes(':') ? zone : `${zone.slice(0, 3)}:${zone.slice(3)}`;
  const result = Date.parse(`${day}T${time}${offset}`);
  return Number.isNaN(result) ? undefined : result;
}

/** A cell as text, without spaces around it. */
export function toText(value: unknown): string {
  return value instanceof Date ? value.toISOString() : String(value).trim();
}

/** @throws TypeError for a cell that no column can hold */
export function checkCell(where: string, name: string, row: number, value: unknown): void {
  const kind = typeof value;
  const held = value === null || value instanceof Date || (kind !== 'object' && kind !== 'function' && kind !== 'symbol');
  if (!held) {
    const kinds = 'a number, text, boolean, date or nothing';
    throw new TypeError(
      `${where}: expected ${kinds}, got ${kind === 'symbol' ? 'a symbol' : show(value)} in column ${show(name)} at row ${row}`,
    );
  }
}

/** @throws RangeError naming the cell that is not what its column holds */
export function unfit(where: string, expected: string, name: string, row: number, value: unknown): never {
  throw new RangeError(`${where}: expected ${expected}, got ${show(value)} in column ${show(name)} at row ${row}`);
}
