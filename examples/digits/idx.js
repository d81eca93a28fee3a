// @ts-check
// Reader for IDX, the file format of MNIST: two zero bytes, a type byte, the number of dimensions, each dimension as a
// big-endian 32-bit number, then the values (yann.lecun.com/exdb/mnist). It must not know digits, networks or folders.

import { RunError } from './errors.js';

const UNSIGNED_BYTES = 0x08;

/**
 * @typedef {object} Idx
 * @property {number[]} dimensions such as [60000, 28, 28]
 * @property {Uint8Array} data the values, row-major: a view into the bytes given
 */

/**
 * @param {Uint8Array} bytes the whole file
 * @param {string} file its name, for messages
 * @param {number} dimensionCount how many dimensions the file must have
 * @returns {Idx}
 */
export function parseIdx(bytes, file, dimensionCount) {
  const fail = (/** @type {string} */ what) => {
    throw new RunError(`${file}: ${what}`);
  };
  if (bytes.length < 4) fail(`an IDX file starts with 4 bytes of magic, but the file has ${bytes.length} bytes`);
  const [zero0, zero1, type, count] = bytes;
  if (zero0 === 0x1f && zero1 === 0x8b) fail('expected an IDX file, but this is a gzip archive: unpack it first');
  if (zero0 !== 0 || zero1 !== 0) {
    fail(`not an IDX file: it starts with bytes ${hex(zero0)} ${hex(zero1)} instead of 0x00 0x00`);
  }
  if (type !== UNSIGNED_BYTES) {
    fail(`expected values of type ${hex(UNSIGNED_BYTES)} (unsigned bytes), got ${hex(type)}`);
  }
  if (count !== dimensionCount) fail(`expected ${dimensionCount} dimensions, got ${count}`);

  const header = 4 + 4 * count;
  if (bytes.length < header) fail(`the header needs ${header} bytes, but the file has ${bytes.length}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const dimensions = Array.from({ length: count }, (_, i) => view.getUint32(4 + 4 * i));
  const values = dimensions.reduce((product, dimension) => product * dimension, 1);
  if (bytes.length !== header + values) {
    fail(
      `${dimensions.join(' x ')} values and a header make ${header + values} bytes, but the file has ${bytes.length}` +
        (bytes.length < header + values ? ': it was cut off' : ''),
    );
  }
  return { dimensions, data: new Uint8Array(bytes.buffer, bytes.byteOffset + header, values) };
}

/** @param {number} byte */
function hex(byte) {
  return `0x${byte.toString(16).padStart(2, '0')}`;
}
