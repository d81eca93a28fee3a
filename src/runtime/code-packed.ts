/**
 * In place of code.ts in the package: the binaries one after another in one packed run (assembly/pack.mjs), and the module
 * that unpacks them (assembly/unpack.ts). What comes first is out first; nothing is unpacked before it is needed.
 */
import { decodeBase64 } from './base64.js';
import { PACKED, SIZES, UNPACKER } from './packed.generated.js';

interface Unpacker {
  readonly memory: WebAssembly.Memory;
  /** Where it expects the packed bytes. */
  readonly PACKED: WebAssembly.Global<'i32'>;
  unpack(output: number, size: number): void;
}

const PAGE = 65536;

/** The bytes of a binary. */
export function codeOf(name: keyof typeof SIZES): Uint8Array<ArrayBuffer> {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(decodeBase64(UNPACKER)));
  const { memory, unpack, PACKED: input } = exports as unknown as Unpacker;
  const packed = decodeBase64(PACKED);
  const output = input.value + packed.length;
  let start = output;
  for (const before of Object.keys(SIZES) as (keyof typeof SIZES)[]) {
    if (before === name) break;
    start += SIZES[before];
  }
  const end = start + SIZES[name];
  memory.grow(Math.ceil(end / PAGE));
  new Uint8Array(memory.buffer).set(packed, input.value);
  unpack(output, end - output);
  return new Uint8Array(memory.buffer.slice(start, end) as ArrayBuffer);
}
