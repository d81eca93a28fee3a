/**
 * A network as one file: its tensors by name, and its description as JSON in the metadata, so that the file is enough.
 * Knows the container (safetensors.ts) and the description; neither memory nor training.
 *
 * Metadata: format 'gradlet', formatVersion, network (JSON), crc32 of the tensors' bytes in hexadecimal.
 */
import { show } from '../check.js';
import { GradletError } from '../errors.js';
import { crc32 } from './crc32.js';
import { decodeSafetensors, encodeSafetensors, type NamedTensor } from './safetensors.js';

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

const checksum = (body: Uint8Array): string => crc32(body).toString(16).padStart(8, '0');

/** `training`: the state of a fit as JSON, whose tensors are among the others. */
export function encodeModel(description: Description, tensors: readonly NamedTensor[], training?: string): Uint8Array<ArrayBuffer> {
  const network = JSON.stringify(description);
  return encodeSafetensors(tensors, (body) => ({
    format: FORMAT,
    formatVersion: FORMAT_VERSION,
    network,
    ...(training !== undefined && { training }),
    crc32: checksum(body),
  }));
}

/** Reads a file; the description is still to be checked by whoever builds the network. */
export function decodeModel(file: Uint8Array): {
  description: Description;
  tensors: ReadonlyMap<string, NamedTensor>;
  training: string | undefined;
} {
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
    if (description !== null && typeof description === 'object') return { description, tensors, training: metadata.get('training') };
  } catch {
    // Falls through to the same error.
  }
  throw new GradletError('ERR_FORMAT', 'a damaged gradlet model: the description of its network is no JSON object');
}
