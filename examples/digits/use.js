// @ts-check
// `npm start -- --use <file>`: loads a saved model and shows what it makes of the first ten test images.
// It must not train, write files or know the other flags.

import { readFileSync } from 'node:fs';
import { Network } from 'gradlet';
import { CLASSES, PIXELS, readDigits, slice } from './data.js';
import { RunError, messageOf } from './errors.js';
import { shown } from './files.js';
import { gallery, picture } from './picture.js';

const SHOWN = 10;

/** @param {string} file */
export function classify(file) {
  const network = loadModel(file);
  const { images, labels, count } = slice(readDigits('t10k'), 0, SHOWN);
  const { data, columns } = outputs(network, images, file);
  let right = 0;
  const pictures = Array.from({ length: count }, (_, i) => {
    const row = data.subarray(i * columns, (i + 1) * columns);
    const guess = row.reduce((best, value, i) => (value > row[best] ? i : best), 0);
    if (guess === labels[i]) right++;
    const caption = `label ${labels[i]}, guess ${guess} (${certainty(row, guess)})`;
    return { lines: picture(images.subarray(i * PIXELS, (i + 1) * PIXELS)), caption };
  });
  console.log(`\n${gallery(pictures, process.stdout.columns ?? 80)}\n`);
  console.log(`${right} of the first ${count} test images are right, says ${shown(file)}`);
}

/** @param {string} file */
function loadModel(file) {
  try {
    return Network.load(readFileSync(file));
  } catch (error) {
    throw new RunError(`${shown(file)}: ${messageOf(error)}`);
  }
}

/**
 * @param {Network} network
 * @param {Uint8Array} images
 * @param {string} file
 */
function outputs(network, images, file) {
  let result;
  try {
    result = network.predict(images, { inputScale: 1 / 255 });
  } catch (error) {
    throw new RunError(`${shown(file)}: expected a model for images of ${PIXELS} pixels, but ${messageOf(error)}`);
  }
  if (result.columns !== CLASSES || result.data.length !== (images.length / PIXELS) * CLASSES) {
    throw new RunError(`${shown(file)}: expected a model from ${PIXELS} inputs to ${CLASSES} outputs, but ` +
      `${images.length / PIXELS} images gave ${result.rows} rows of ${result.columns}`);
  }
  return result;
}

/**
 * A probability where the model gives probabilities, else the bare output.
 * @param {Float32Array} row
 * @param {number} guess
 */
function certainty(row, guess) {
  const sum = row.reduce((total, value) => total + value, 0);
  const probabilities = Math.abs(sum - 1) < 1e-3 && row.every((value) => value >= 0);
  return probabilities ? `${(row[guess] * 100).toFixed(2)} %` : `output ${row[guess].toFixed(2)}`;
}
