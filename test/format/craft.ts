// Takes model files apart and puts them together again, changed, so that tests can damage them on purpose. It knows the
// safetensors container and the names in gradlet's metadata; the library's own reader and writer it does not use.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { dense, Network } from '../../src/index.js';

/** What tests change into anything at all. */
export type Json = ReturnType<JSON['parse']>;

/** A file in its parts: the header with `network` parsed, and the tensors' bytes. */
export interface Parts {
  header: Json;
  network: Json;
  body: Uint8Array;
}

/** A network of 2-2-1 whose weights are all different, and its file. */
export function sample(): { network: Network; file: Uint8Array } {
  const layers = [
    dense(2, {
      activation: 'tanh',
      weights: {
        kernel: [
          [1.5, -2.25],
          [0.375, 4],
        ],
        bias: [-0.5, 0.0625],
      },
    }),
    dense(1, { activation: 'sigmoid', weights: { kernel: [-3, 0.75], bias: [0.125] } }),
  ];
  const network = new Network({ inputs: 2, layers, seed: 42 });
  return { network, file: network.save() };
}

export function takeApart(file: Uint8Array): Parts {
  const length = Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + length)));
  return { header, network: JSON.parse(header.__metadata__.network), body: file.slice(8 + length) };
}

/** A container of any header text and any bytes. */
export function container(header: string | Uint8Array, body: Uint8Array = new Uint8Array(0), length?: bigint): Uint8Array {
  const text = typeof header === 'string' ? new TextEncoder().encode(header) : header;
  const file = new Uint8Array(8 + text.length + body.length);
  new DataView(file.buffer).setBigUint64(0, length ?? BigInt(text.length), true);
  file.set(text, 8);
  file.set(body, 8 + text.length);
  return file;
}

/** The file of the same network that a release of format version 1 wrote. */
export function sampleOfVersion1(): Uint8Array {
  return new Uint8Array(readFileSync(join(import.meta.dirname, 'files', 'version-1.safetensors')));
}

/** A file after `change`, with right checksums: whatever is wrong with it was done on purpose. */
export function forge(change: (parts: Parts) => void, file: Uint8Array = sample().file): Uint8Array {
  const parts = takeApart(file);
  const { formatVersion } = parts.header.__metadata__;
  change(parts);
  return putTogether(parts, formatVersion);
}

/** What a header of version 2 begins with; zeros stand for the checksum's digits while it is taken. */
const BEGINNING = '{"__metadata__":{"headerCrc32":"';

export function putTogether({ header, network, body }: Parts, formatVersion = '2'): Uint8Array {
  const metadata = header.__metadata__;
  const whole = typeof metadata === 'object' && metadata !== null && 'network' in metadata;
  if (whole) {
    metadata.network = typeof network === 'string' ? network : JSON.stringify(network);
    metadata.crc32 = checksum(body);
    metadata.headerCrc32 = formatVersion === '1' ? headerChecksum1(header) : '00000000';
  }
  const file = container(JSON.stringify(header), body);
  if (whole && formatVersion !== '1') {
    const head = file.subarray(0, file.length - body.length);
    file.set(new TextEncoder().encode(checksum(head)), 8 + BEGINNING.length);
  }
  return file;
}

/** Over the metadata's texts and the tensors' places, in the order of their bytes; tensors without either are left to the reader. */
function headerChecksum1({ __metadata__: metadata, ...entries }: Json): string {
  const places = Object.entries(entries as Record<string, Json>)
    .map(([name, entry]) => [name, entry?.shape, entry?.data_offsets?.[0], entry?.data_offsets?.[1]])
    .sort((a, b) => a[2] - b[2] || a[3] - b[3]);
  const { format, formatVersion, network, training = null } = metadata;
  return checksum(new TextEncoder().encode(JSON.stringify([format, formatVersion, network, training, places])));
}

function checksum(body: Uint8Array): string {
  return crc32(body).toString(16).padStart(8, '0');
}
