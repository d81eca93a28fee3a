/** Where the code of the core comes from: the binaries as they were built, inlined. Knows nothing else. */
import { decodeBase64 } from './base64.js';
import { RELAXED, STRICT } from './binaries.generated.js';

const BINARIES = { relaxed: RELAXED, strict: STRICT };

/** The bytes of a binary, or the module where it is compiled already. */
export function codeOf(name: keyof typeof BINARIES): Uint8Array<ArrayBuffer> | WebAssembly.Module {
  return decodeBase64(BINARIES[name]);
}
