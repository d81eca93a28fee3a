/** CRC-32 as in ISO 3309 and PNG (polynomial 0xEDB88320, reflected), over bytes. Knows nothing else. */

let table: Uint32Array | undefined;

function makeTable(): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, byte) => {
    let remainder = byte;
    for (let bit = 0; bit < 8; bit++) remainder = remainder & 1 ? (remainder >>> 1) ^ 0xedb88320 : remainder >>> 1;
    return remainder;
  });
}

/** The checksum as an unsigned 32-bit integer; `before` is that of the bytes in front of these. */
export function crc32(bytes: Uint8Array, before = 0): number {
  table ??= makeTable();
  let remainder = ~before;
  for (let i = 0; i < bytes.length; i++) remainder = (remainder >>> 8) ^ table[(remainder ^ bytes[i]) & 255];
  return ~remainder >>> 0;
}

/** A checksum as it is written: eight hexadecimal digits. */
export function hexadecimal(checksum: number): string {
  return checksum.toString(16).padStart(8, '0');
}
