/**
 * A network as one file: its tensors by name, and its description as JSON in the metadata, so that the file is enough.
 * Knows the container (safetensors.ts) and the description; neither memory nor training.
 *
 * Metadata: format 'gradlet', formatVersion, network (JSON), training (JSON, if it was saved), and two checksums in hexadecimal:
 * crc32 of the tensors' bytes, headerCrc32 of the rest.
 */
import { show } from '../check.js';
import { GradletError } from '../errors.js';
import { crc32 } from './crc32.js';
import { decodeSafetensors, encodeSafetensors, type NamedTensor, type TensorPlace } from './safetensors.js';

const FORMAT = 'gradlet';
const FORMAT_VERSION = '1';

/** What is written about a network besides its tensors. */
export interface Description {
  readonly inputs: number | readonly number[];
  /** As describeLayer gives them. */
  readonly layers: readonly Readonly<Record<string, unknown>>[];
  readonly seed: number;
  readonly numerics: 'fast' | 'reproducible';
  readonly counters: { readonly epochs: number; readonly steps: number };
}

const hexadecimal = (checksum: number): string => checksum.toString(16).padStart(8, '0');

/** Checksum of everything in the header that means something: texts but the checksums themselves, and the tensors' places. */
function headerChecksum(texts: Readonly<Record<string, string | undefined>>, places: readonly TensorPlace[]): string {
  const { format, formatVersion, network, training } = texts;
  const tensors = places.map(({ name, shape, start, end }) => [name, shape, start, end]);
  return hexadecimal(crc32(new TextEncoder().encode(JSON.stringify([format, formatVersion, network, training ?? null, tensors]))));
}

/** `training`: the state of a fit as JSON, whose tensors are among the others. */
export function encodeModel(description: Description, tensors: readonly NamedTensor[], training?: string): Uint8Array<ArrayBuffer> {
  const texts = {
    format: FORMAT,
    formatVersion: FORMAT_VERSION,
    network: JSON.stringify(description),
    ...(training !== undefined && { training }),
  };
  return encodeSafetensors(tensors, (body, places) => ({
    ...texts,
    crc32: hexadecimal(crc32(body)),
    headerCrc32: headerChecksum(texts, places),
  }));
}

/** Reads a file; the description is still to be checked by whoever builds the network. */
export function decodeModel(file: Uint8Array): {
  description: Description;
  tensors: ReadonlyMap<string, NamedTensor>;
  training: string | undefined;
} {
  const { tensors, places, metadata, body } = decodeSafetensors(file);
  const text = (key: string): string | undefined => metadata.get(key);
  if (text('format') !== FORMAT) {
    throw new GradletError('ERR_FORMAT', `not a gradlet model: its metadata says format ${show(text('format'))}, expected '${FORMAT}'`);
  }
  const version = text('formatVersion');
  if (version !== FORMAT_VERSION) {
    const remedy = `this release reads version '${FORMAT_VERSION}': update gradlet`;
    throw new GradletError('ERR_FORMAT', `a gradlet model of format version ${show(version)}; ${remedy}`);
  }
  const sums = { crc32: hexadecimal(crc32(body)), headerCrc32: headerChecksum(Object.fromEntries(metadata), places) };
  for (const [key, sum] of Object.entries(sums)) {
    if (text(key) === sum) continue;
    const what = key === 'crc32' ? 'tensors have' : 'header has';
    throw new GradletError('ERR_FORMAT', `a damaged gradlet model: its ${what} checksum ${sum}, the file says ${show(text(key))}`);
  }
  try {
    const description = JSON.parse(text('network') ?? '') as Description;
    if (description !== null && typeof description === 'object' && !Array.isArray(description))
      return { description, tensors, training: text('training') };
  } catch {
    // Falls through to the same error.
  }
  throw new GradletError('ERR_FORMAT', 'a damaged gradlet model: the description of its network is no JSON object');
}
