/**
 * A network as one file: its tensors by name, and its description as JSON in the metadata, so that the file is enough.
 * Knows the container (safetensors.ts) and the description; neither memory nor training.
 *
 * Metadata: format 'gradlet', formatVersion, network (JSON), crc32 of the tensors' bytes in hexadecimal.
 */
import { show } from '../check.js';
import { GradletError } from '../errors.js';
import type { Layer } from '../layers.js';
import { crc32 } from './crc32.js';
import { decodeSafetensors, encodeSafetensors, type NamedTensor } from './safetensors.js';

const FORMAT = 'gradlet';
const FORMAT_VERSION = '1';

/** What is written about a network besides its tensors. */
export interface Description {
  readonly inputs: number | readonly number[];
  readonly layers: readonly Layer[];
  readonly seed: number;
  readonly numerics: 'fast' | 'reproducible';
  readonly counters: { readonly epochs: number; readonly steps: number };
}

const checksum = (body: Uint8Array): string => crc32(body).toString(16).padStart(8, '0');

export function encodeModel(description: Description, tensors: readonly NamedTensor[]): Uint8Array<ArrayBuffer> {
  // Weights that were given to a layer are in the tensors like all others.
  const layers = description.layers.map(({ weights: _, ...layer }) => layer);
  const network = JSON.stringify({ ...description, layers });
  return encodeSafetensors(tensors, (body) => ({ format: FORMAT, formatVersion: FORMAT_VERSION, network, crc32: checksum(body) }));
}

/** Reads a file; the description is still to be checked by whoever builds the network. */
export function decodeModel(file: Uint8Array): { description: Description; tensors: ReadonlyMap<string, NamedTensor> } {
  const { tensors, metadata, body } = decodeSafetensors(file);
  if (metadata.get('format') !== FORMAT) {
    throw new GradletError(
      'ERR_FORMAT',
      `not a gradlet model: its metadata says format ${show(metadata.get('format'))}, expected '${FORMAT}'`,
    );
  }
  const version = metadata.get('formatVersion');
  if (version !== FORMAT_VERSION) {
    throw new GradletError(
      'ERR_FORMAT',
      `a gradlet model of format version ${show(version)}; this release reads version '${FORMAT_VERSION}': update gradlet`,
    );
  }
  if (metadata.get('crc32') !== checksum(body)) {
    throw new GradletError(
      'ERR_FORMAT',
      `a damaged gradlet model: its tensors have checksum ${checksum(body)}, the file says ${show(metadata.get('crc32'))}`,
    );
  }
  try {
    const description = JSON.parse(metadata.get('network') ?? '') as Description;
    if (description !== null && typeof description === 'object') return { description, tensors };
  } catch {
    // Falls through to the same error.
  }
  throw new GradletError('ERR_FORMAT', 'a damaged gradlet model: the description of its network is no JSON object');
}
