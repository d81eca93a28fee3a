/**
 * Argument checks with one wording: where, what was expected, what came. Knows no layers and no data.
 *
 * `where` names the call and the argument: 'fit: batchSize', 'dense: units'.
 */

/** A value as an error message shows it: short, and never a dump. */
export function show(value: unknown): string {
  if (typeof value === 'string') return `'${value.length > 40 ? `${value.slice(0, 40)}…` : value}'`;
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'function') return 'a function';
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (ArrayBuffer.isView(value)) return `a ${value.constructor.name}`;
  if (value !== null && typeof value === 'object') return `an object (${value.constructor?.name ?? 'no prototype'})`;
  return String(value);
}

/** `count` and the noun, in the plural where it belongs. */
export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** A finite number within bounds. */
export function checkNumber(
  where: string,
  value: unknown,
  bounds: { above?: number; min?: number; max?: number; below?: number } = {},
): number {
  if (typeof value !== 'number') throw new TypeError(`${where}: expected a number, got ${show(value)}`);
  const { above = -Infinity, min = -Infinity, max = Infinity, below = Infinity } = bounds;
  if (Number.isFinite(value) && value > above && value >= min && value <= max && value < below) return value;
  const limits = [
    above > -Infinity && `above ${above}`,
    min > -Infinity && `of at least ${min}`,
    max < Infinity && `at most ${max}`,
    below < Infinity && `below ${below}`,
  ].filter(Boolean);
  throw new RangeError(`${where}: expected a finite number${limits.length ? ` ${limits.join(' and ')}` : ''}, got ${value}`);
}

/** A whole number within bounds. */
export function checkInteger(where: string, value: unknown, min: number, max = Number.MAX_SAFE_INTEGER): number {
  if (typeof value !== 'number') throw new TypeError(`${where}: expected a whole number, got ${show(value)}`);
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  const upper = max === Number.MAX_SAFE_INTEGER ? '' : ` and at most ${max}`;
  throw new RangeError(`${where}: expected a whole number of at least ${min}${upper}, got ${value}`);
}

export function checkBoolean(where: string, value: unknown): boolean {
  if (typeof value !== 'boolean') throw new TypeError(`${where}: expected true or false, got ${show(value)}`);
  return value;
}

/** A function, or undefined. */
export function checkCallback<T>(where: string, value: T | undefined): T | undefined {
  if (value !== undefined && typeof value !== 'function') throw new TypeError(`${where}: expected a function, got ${show(value)}`);
  return value;
}

/** One of the keys of `table`. */
export function checkName<Name extends string>(where: string, value: unknown, table: Readonly<Record<Name, unknown>>): Name {
  if (typeof value !== 'string') throw new TypeError(`${where}: expected a name, got ${show(value)}`);
  if (Object.hasOwn(table, value)) return value as Name;
  throw new RangeError(`${where}: expected one of ${Object.keys(table).join(', ')}, got ${show(value)}${hint(value, Object.keys(table))}`);
}

/** A plain object whose keys are all known; undefined counts as empty. `elsewhere` says of some keys where they belong. */
export function checkOptions<T extends object>(
  where: string,
  value: T | undefined,
  known: readonly string[],
  elsewhere: Readonly<Record<string, string>> = {},
): T {
  if (value === undefined) return {} as T;
  if (value === null || typeof value !== 'object' || Array.isArray(value) || ArrayBuffer.isView(value)) {
    throw new TypeError(`${where}: expected an object of options, got ${show(value)}`);
  }
  for (const key of Object.keys(value)) {
    if (known.includes(key)) continue;
    const remedy = Object.hasOwn(elsewhere, key) ? `; it belongs to ${elsewhere[key]}` : hint(key, known);
    throw new TypeError(`${where}: unknown option ${show(key)}${remedy}`);
  }
  return value;
}

/** What people call things elsewhere. */
const ALIASES: Readonly<Record<string, string>> = {
  lr: 'learningRate',
  mse: 'meanSquaredError',
  mae: 'meanAbsoluteError',
  bce: 'binaryCrossentropy',
  kld: 'kullbackLeiblerDivergence',
  acc: 'accuracy',
  leakyrelu: 'leakyRelu',
  swish: 'silu',
};

/** '; did you mean …?' when one of the names is the same but for case, or two letters away. */
function hint(name: string, names: readonly string[]): string {
  const wanted = name.toLowerCase();
  const alias = Object.hasOwn(ALIASES, wanted) ? ALIASES[wanted] : undefined;
  if (alias && names.includes(alias)) return `; did you mean '${alias}'?`;
  const near =
    names.find((candidate) => candidate.toLowerCase() === wanted) ??
    names.find((candidate) => distance(candidate.toLowerCase(), wanted) <= 2);
  return near ? `; did you mean '${near}'?` : '';
}

/** Edits between two words (V. Levenshtein), row by row. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length];
}

/** Bytes of this realm or another one as a Uint8Array of this; anything else is a TypeError that begins with `expected`. */
export function checkBytesGiven(expected: string, value: unknown): Uint8Array {
  const isBytes = ArrayBuffer.isView(value) && Object.prototype.toString.call(value) === '[object Uint8Array]';
  if (!isBytes) throw new TypeError(`${expected}, got ${show(value)}`);
  return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
}
