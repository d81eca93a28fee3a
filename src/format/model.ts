/**
 * A network as one file: its tensors by name, and its description as JSON in the metadata, so that the file is enough.
 * Knows the container (safetensors.ts) and the description; neither memory nor training.
 *
 * Metadata, all texts: headerCrc32, crc32, format 'gradlet', formatVersion, network (JSON), training (JSON, if it was saved),
 * then whatever the user adds. The checksums are eight hexadecimal digits each: crc32 of the tensors' bytes, headerCrc32 of the
 * header with its length, taken with zeros for its own digits, which therefore stand at a fixed place, at the very beginning.
 * In version 1 headerCrc32 covers a list of what the header says, and there are no user's texts.
 */
import { show } from '../check.js';
import { GradletError } from '../errors.js';
import { crc32, hexadecimal } from './crc32.js';
import { isRecord, parseJson } from './json.js';
import { type Metadata, RESERVED } from './metadata.js';
import {
  type Container,
  decodeSafetensors,
  encodeSafetensors,
  layOutTensors,
  type NamedTensor,
  PREFIX,
  readSingles,
} from './safetensors.js';

export const FORMAT = 'gradlet';
export const FORMAT_VERSION = '2';

const BEGINNING = '{"__metadata__":{"headerCrc32":"';
const DIGITS = PREFIX + BEGINNING.length;
const NO_DIGITS = '00000000';
/** A description is an object with a list of layers, some of whose options are objects. */
export const DESCRIPTION_LIMITS = { depth: 8, spacing: 12 };

/** What is written about a network besides its tensors. */
export interface Description {
  readonly inputs: number | readonly number[];
  /** As describeLayer gives them. */
  readonly layers: readonly Readonly<Record<string, unknown>>[];
  readonly seed: number;
  readonly numerics: 'fast' | 'reproducible';
  readonly counters: { readonly epochs: number; readonly steps: number };
}

/** A tensor that a file has; its numbers are read when they are asked for. */
export interface StoredTensor {
  readonly shape: readonly number[];
  /** How many numbers. */
  readonly count: number;
  readonly values: () => ArrayLike<number>;
}

/** What a file of any form says, still to be checked by whoever builds the network. */
export interface StoredModel {
  readonly description: Description;
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly training: string | undefined;
  readonly metadata: Metadata;
}

/** What a network is made of when it is written. */
export interface WritableModel {
  readonly description: Description;
  readonly tensors: readonly NamedTensor[];
  readonly metadata: Metadata;
  /** The state of a fit as JSON, whose tensors are among the others. */
  readonly training?: string;
}

function fail(what: string): never {
  throw new GradletError('ERR_FORMAT', what);
}

function damaged(how: string): never {
  fail(`a damaged gradlet model: ${how}`);
}

/** Whatever goes wrong while a model is read is ERR_FORMAT; a GradletError says enough by itself. */
export function reading<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (cause instanceof GradletError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new GradletError('ERR_FORMAT', `a damaged gradlet model: ${reason}`, { cause });
  }
}

/** The header's checksum, whatever its own digits are. */
function headChecksum(head: Uint8Array): string {
  const zeros = new TextEncoder().encode(NO_DIGITS);
  return hexadecimal(crc32(head.subarray(DIGITS + zeros.length), crc32(zeros, crc32(head.subarray(0, DIGITS)))));
}

export function encodeModel({ description, tensors, metadata, training }: WritableModel): Uint8Array<ArrayBuffer> {
  const laidOut = layOutTensors(tensors);
  const file = encodeSafetensors(laidOut, {
    headerCrc32: NO_DIGITS,
    crc32: hexadecimal(crc32(laidOut.body)),
    format: FORMAT,
    formatVersion: FORMAT_VERSION,
    network: JSON.stringify(description),
    ...(training !== undefined && { training }),
    ...metadata,
  });
  const head = file.subarray(0, file.length - laidOut.body.length);
  file.set(new TextEncoder().encode(headChecksum(head)), DIGITS);
  return file;
}

/** The header's checksum of version 1: of the texts but the checksums themselves, and the tensors' places. */
function headChecksum1({ metadata, places }: Container): string {
  const [format, formatVersion, network, training] = ['format', 'formatVersion', 'network', 'training'].map((key) => metadata.get(key));
  const tensors = places.map(({ name, shape, start, end }) => [name, shape, start, end]);
  return hexadecimal(crc32(new TextEncoder().encode(JSON.stringify([format, formatVersion, network, training ?? null, tensors]))));
}

/** The header's checksum, by version; the versions there are. */
const HEAD_CHECKSUMS: Readonly<Record<string, (container: Container) => string>> = {
  1: headChecksum1,
  2: ({ head }) => headChecksum(head),
};

/** The version that a file says it has. */
export function checkVersion(version: unknown, known: readonly string[]): string {
  if (typeof version === 'string' && known.includes(version)) return version;
  return fail(`a gradlet model of format version ${show(version)}; this release reads ${known.join(', ')}: update gradlet`);
}

/** A description as far as it can be told without making the network: an object with all that it must have. */
export function checkDescription(description: unknown): Description {
  if (!isRecord(description)) damaged('the description of its network is no JSON object');
  for (const key of ['inputs', 'layers', 'seed', 'numerics', 'counters']) {
    if (description[key] === undefined || description[key] === null) damaged(`the description of its network has no ${key}`);
  }
  if (!Array.isArray(description.layers)) damaged(`layers: expected an array, got ${show(description.layers)}`);
  return description as unknown as Description;
}

/**
 * Reads a file.
 * @param maximumBytes of a file
 * @throws GradletError ERR_FORMAT
 */
export function decodeModel(file: Uint8Array, maximumBytes = Number.POSITIVE_INFINITY): StoredModel {
  if (file.length > maximumBytes) {
    fail(`a file of ${file.length} bytes, but at most ${maximumBytes} are read; raise maximumBytes`);
  }
  const container = decodeSafetensors(file);
  const { places, metadata, body } = container;
  const text = (key: string): string | undefined => metadata.get(key);
  if (text('format') !== FORMAT) fail(`not a gradlet model: its metadata says format ${show(text('format'))}, expected '${FORMAT}'`);
  const version = checkVersion(text('formatVersion'), Object.keys(HEAD_CHECKSUMS));
  for (const [key, what, sum] of [
    ['crc32', 'tensors have', hexadecimal(crc32(body))],
    ['headerCrc32', 'header has', HEAD_CHECKSUMS[version](container)],
  ]) {
    if (text(key) !== sum) damaged(`its ${what} checksum ${sum}, the file says ${show(text(key))}`);
  }
  const tensors = new Map<string, StoredTensor>();
  for (const place of places) {
    const { name, dtype, shape } = place;
    if (dtype !== 'F32' && dtype !== 'F16') damaged(`tensor ${show(name)} has dtype ${show(dtype)}; expected 'F32' or 'F16'`);
    const count = shape.reduce((product, extent) => product * extent, 1);
    tensors.set(name, { shape, count, values: () => readSingles(container, place) as Float32Array });
  }
  const what = 'a damaged gradlet model: the description of its network';
  const description = checkDescription(parseJson(what, text('network') ?? '', DESCRIPTION_LIMITS));
  const free = Object.freeze(Object.fromEntries([...metadata].filter(([key]) => !RESERVED.has(key))));
  return { description, tensors, training: text('training'), metadata: free };
}
