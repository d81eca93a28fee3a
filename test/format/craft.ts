// Takes model files apart and puts them together again, changed, so that tests can damage them on purpose. It knows the
// safetensors container and the names in gradlet's metadata; the library's own reader and writer it does not use.

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

/** The sample's file after `change`, with a right checksum: whatever is wrong with it was done on purpose. */
export function forge(change: (parts: Parts) => void): Uint8Array {
  const parts = takeApart(sample().file);
  change(parts);
  return putTogether(parts);
}

export function putTogether({ header, network, body }: Parts): Uint8Array {
  const metadata = header.__metadata__;
  if (typeof metadata === 'object' && metadata !== null && 'network' in metadata) {
    metadata.network = typeof network === 'string' ? network : JSON.stringify(network);
    metadata.crc32 = checksum(body);
    metadata.headerCrc32 = headerChecksum(header);
  }
  return container(JSON.stringify(header), body);
}

/** Over the metadata's texts and the tensors' places, in the order of their bytes; tensors without either are left to the reader. */
function headerChecksum({ __metadata__: metadata, ...entries }: Json): string {
  const places = Object.entries(entries as Record<string, Json>)
    .map(([name, entry]) => [name, entry?.shape, entry?.data_offsets?.[0], entry?.data_offsets?.[1]])
    .sort((a, b) => a[2] - b[2] || a[3] - b[3]);
  const { format, formatVersion, network, training = null } = metadata;
  return checksum(new TextEncoder().encode(JSON.stringify([format, formatVersion, network, training, places])));
}

function checksum(body: Uint8Array): string {
  return crc32(body).toString(16).padStart(8, '0');
}
