// Changes inputs at random: bits, bytes, numbers and words of the format, ranges that are dropped, doubled or taken from elsewhere.

import type { Random } from '../support/random.js';
import type { Reader } from './readers.js';

const LONGEST = 1 << 16;
const NUMBERS = [
  '0',
  '1',
  '-1',
  '2',
  '7',
  '8',
  '255',
  '65536',
  '4294967295',
  '9007199254740991',
  '1e400',
  '0.1',
  '-0',
  '1e-400',
  '"1"',
  'null',
];

function concat(...parts: Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Two places in order, near each other more often than not. */
function range(random: Random, length: number): [number, number] {
  const from = random.integer(0, length);
  const most = random.integer(0, 3) ? 32 : length;
  return [from, Math.min(length, from + random.integer(1, Math.max(1, most)))];
}

/** Puts `middle` in place of a range. */
const replace = (bytes: Uint8Array, from: number, to: number, middle: Uint8Array): Uint8Array =>
  concat(bytes.subarray(0, from), middle, bytes.subarray(to));

/** Where a decimal number stands at or after a place; undefined if there is none. */
function numberAt(bytes: Uint8Array, from: number): [number, number] | undefined {
  const isDigit = (at: number): boolean => bytes[at] >= 0x30 && bytes[at] <= 0x39;
  let start = from;
  while (start < bytes.length && !isDigit(start)) start++;
  let end = start;
  while (end < bytes.length && isDigit(end)) end++;
  return end > start ? [start, end] : undefined;
}

type Mutation = (bytes: Uint8Array, random: Random, words: readonly string[], other: Uint8Array) => Uint8Array;

const utf8 = (value: string): Uint8Array => new TextEncoder().encode(value);

const MUTATIONS: readonly Mutation[] = [
  (bytes, random) => {
    const at = random.integer(0, Math.max(0, bytes.length - 1));
    const copy = bytes.slice();
    copy[at] ^= 1 << random.integer(0, 7);
    return copy;
  },
  (bytes, random) => {
    const copy = bytes.slice();
    copy[random.integer(0, Math.max(0, bytes.length - 1))] = random.pick([0, 1, 0x7f, 0x80, 0xff, random.integer(0, 255)]);
    return copy;
  },
  (bytes, random) => replace(bytes, ...range(random, bytes.length), new Uint8Array(0)),
  (bytes, random) => {
    const [from, to] = range(random, bytes.length);
    return replace(bytes, from, from, bytes.slice(from, to));
  },
  (bytes, random) => {
    const at = random.integer(0, bytes.length);
    return replace(bytes, at, at, new Uint8Array(random.integer(1, 16)).fill(random.integer(0, 255)));
  },
  (bytes, random) => bytes.slice(0, random.integer(0, bytes.length)),
  (bytes, random, words) => {
    const [from, to] = range(random, bytes.length);
    return replace(bytes, from, random.integer(0, 1) ? from : to, utf8(random.pick(words)));
  },
  (bytes, random) => {
    const place = numberAt(bytes, random.integer(0, bytes.length));
    return place ? replace(bytes, ...place, utf8(random.pick(NUMBERS))) : bytes;
  },
  (bytes, random) => {
    const place = numberAt(bytes, random.integer(0, bytes.length));
    if (!place) return bytes;
    const number = Number(new TextDecoder().decode(bytes.subarray(...place)));
    return replace(bytes, ...place, utf8(String(number + random.pick([-1, 1, number, -number]))));
  },
  (bytes, random, _, other) => {
    const [from, to] = range(random, bytes.length);
    const [start, end] = range(random, other.length);
    return replace(bytes, from, to, other.slice(start, end));
  },
];

/** What a value of JSON is changed into. */
const VALUES: readonly unknown[] = [
  ...[0, 1, -1, 2, 3, 7, 0.5, 255, 65536, 2 ** 24, 2 ** 31, 2 ** 32, 2 ** 53, 1e308, -1e-46, null, true, false, '', '0', 'NaN', 'Infinity'],
  ...[
    'relu',
    'softmax',
    'dense',
    'dropout',
    'batchNorm',
    'layerNorm',
    'gaussianNoise',
    'activation',
    'toString',
    '__proto__',
    [],
    {},
    [1],
    [[]],
  ],
];

/** One of them, for nobody else to hold. */
const anyValue = (random: Random): unknown => structuredClone(random.pick(VALUES));

/** All places in a value: an object or array, and a key in it. */
function places(value: unknown, found: [Record<string, unknown>, string][] = []): [Record<string, unknown>, string][] {
  if (value === null || typeof value !== 'object') return found;
  for (const key of Object.keys(value)) {
    found.push([value as Record<string, unknown>, key]);
    places((value as Record<string, unknown>)[key], found);
  }
  return found;
}

/** JSON in a text, if it is that: the text of a JSON object inside of JSON. */
function inner(value: unknown): unknown {
  try {
    return typeof value === 'string' && value.startsWith('{') ? JSON.parse(value) : undefined;
  } catch {
    return undefined;
  }
}

/** One value of JSON replaced, dropped, doubled, or exchanged with another one. */
function changeJson(value: unknown, random: Random): unknown {
  const all = places(value);
  if (all.length === 0) return anyValue(random);
  const [owner, key] = random.pick(all);
  const deeper = inner(owner[key]);
  if (deeper !== undefined && random.integer(0, 3)) {
    owner[key] = JSON.stringify(changeJson(deeper, random));
    return value;
  }
  const [other, otherKey] = random.pick(all);
  const held = owner[key];
  const near = typeof held === 'number' ? held + random.pick([-1, 1, held, -held]) : anyValue(random);
  const changes: (() => void)[] = [
    () => void (owner[key] = near),
    () => void (owner[key] = anyValue(random)),
    () => void (owner[key] = structuredClone(other[otherKey])),
    () => void (owner[random.pick(['units', 'shape', 'rate', 'epsilon', 'weights', 'a', '7'])] = structuredClone(held)),
    () => (Array.isArray(owner) ? void owner.splice(Number(key), 1) : delete owner[key]),
    () => (Array.isArray(owner) ? void owner.splice(Number(key), 0, structuredClone(held)) : void (owner[key] = near)),
  ];
  random.pick(changes)();
  return value;
}

/** The same for a text; one that is no JSON comes back as it was. */
function changeText(bytes: Uint8Array, random: Random): Uint8Array {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return bytes;
  }
  for (let count = random.integer(1, 3); count > 0; count--) value = changeJson(value, random);
  return utf8(JSON.stringify(value)).subarray(0, LONGEST);
}

/** One to eight changes. */
function change(bytes: Uint8Array, random: Random, words: readonly string[], other: Uint8Array): Uint8Array {
  let changed = bytes;
  for (let count = 2 ** random.integer(0, 3); count > 0; count--) changed = random.pick(MUTATIONS)(changed, random, words, other);
  return changed.subarray(0, LONGEST);
}

/** A new input from an old one. */
export function mutate({ frame, words, json }: Reader, bytes: Uint8Array, other: Uint8Array, random: Random): Uint8Array {
  const whole = (part: Uint8Array): Uint8Array => {
    const changed = json && random.integer(0, 1) ? changeText(part, random) : part;
    return changed === part ? change(part, random, words, other) : changed;
  };
  if (!frame) return whole(bytes);
  if (bytes.length < 8 || random.integer(0, 7) === 0) return change(bytes, random, words, other);
  const [head, ...rest] = frame.split(bytes);
  const inHead = random.integer(0, 4) > 0 || rest.length === 0;
  return frame.join([inHead ? whole(head) : head, ...rest.map((part) => (inHead ? part : change(part, random, words, other)))]);
}
