/**
 * JSON from strangers: as JSON.parse, but nested no deeper than asked, no key twice in one object, no key __proto__, and no
 * more arrays and objects than its length accounts for (an empty array is 2 characters, and many times that in memory).
 * Knows no models.
 */
import { GradletError } from '../errors.js';

export interface JsonLimits {
  /** Objects and arrays inside each other. */
  readonly depth: number;
  /** Characters that there must be for each object or array, on average. */
  readonly spacing: number;
}

/** Arrays and objects that a short text may have whatever its length. */
const ALLOWANCE = 64;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
/** Without the bit that tells braces from brackets. */
const OPEN = 0x5b;
const CLOSE = 0x5d;

/** What can be told from brackets and colons outside of strings, down to a depth; of a text that is no JSON it means nothing. */
function survey(text: string, maximumDepth: number): { depth: number; containers: number; keys: number } {
  let depth = 0;
  let containers = 0;
  let keys = 0;
  for (let at = 0; at < text.length && depth <= maximumDepth; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      for (at++; at < text.length && text.charCodeAt(at) !== QUOTE; at++) if (text.charCodeAt(at) === BACKSLASH) at++;
    } else if (code === COLON) {
      keys++;
    } else if ((code & ~0x20) === OPEN) {
      containers++;
      depth++;
    } else if ((code & ~0x20) === CLOSE) {
      depth--;
    }
  }
  return { depth, containers, keys };
}

/** Keys of all objects in a value; a key that the text had twice is there once. */
function countKeys(value: unknown, fail: (why: string) => never): number {
  if (value === null || typeof value !== 'object') return 0;
  let count = 0;
  if (Array.isArray(value)) {
    for (const item of value) count += countKeys(item, fail);
    return count;
  }
  if (Object.hasOwn(value, '__proto__')) fail("an object has the key '__proto__'");
  for (const item of Object.values(value)) count += 1 + countKeys(item, fail);
  return count;
}

/**
 * The value of a JSON text.
 * @param what begins the message, such as 'not a safetensors file: its header'
 * @throws GradletError ERR_FORMAT for what is no JSON or beyond the limits
 */
export function parseJson(what: string, text: string, { depth, spacing }: JsonLimits): unknown {
  const fail = (why: string, cause?: unknown): never => {
    throw new GradletError('ERR_FORMAT', `${what} ${why}`, { cause });
  };
  const found = survey(text, depth);
  if (found.depth > depth) fail(`is refused: more than ${depth} objects and arrays inside each other`);
  if (found.containers > ALLOWANCE + text.length / spacing)
    fail(`is refused: ${found.containers} objects and arrays or more in so short a text`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    fail('is no JSON', cause);
  }
  if (countKeys(value, (why) => fail(`is refused: ${why}`)) !== found.keys) fail('is refused: an object has a key twice');
  return value;
}

/** Whether a value is an object with keys: no array, not null. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
