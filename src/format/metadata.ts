/** Free metadata of a model: short texts by name, such as its author or how inputs were prepared. Knows no files. */
import { show } from '../check.js';

/** Texts by name. */
export type Metadata = Readonly<Record<string, string>>;

/** Names that the file itself uses. */
export const RESERVED: ReadonlySet<string> = new Set([
  'headerCrc32',
  'crc32',
  'format',
  'formatVersion',
  'network',
  'training',
  '__proto__',
]);

const LONE_SURROGATE = /\p{Surrogate}/u;

/**
 * A frozen copy of metadata.
 * @throws TypeError for what is no object of texts; RangeError for a reserved name, or a text that is no Unicode
 */
export function checkMetadata(where: string, given: unknown): Metadata {
  if (given === null || typeof given !== 'object' || Array.isArray(given))
    throw new TypeError(`${where}: expected an object of texts, such as { author: '…' }, got ${show(given)}`);
  for (const [name, text] of Object.entries(given)) {
    if (RESERVED.has(name)) throw new RangeError(`${where}: the name ${show(name)} is taken by the file itself; choose another one`);
    if (typeof text !== 'string')
      throw new TypeError(`${where}: expected texts, got ${show(text)} for ${show(name)}; JSON.stringify turns any value into one`);
    if (LONE_SURROGATE.test(name) || LONE_SURROGATE.test(text))
      throw new RangeError(`${where}: expected Unicode text, got half a surrogate pair in ${show(name)}`);
  }
  return Object.freeze({ ...(given as Record<string, string>) });
}
