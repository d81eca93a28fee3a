// The data sets of the suite as matrices: four CSV files of data/, and MNIST. It must not know networks, folds or targets.
import { readFileSync } from 'node:fs';
import { readDigits } from '../../examples/digits/data.js';

/**
 * @typedef {object} Table
 * @property {Float64Array} x row-major
 * @property {Int32Array} y the class of each row, from 0
 * @property {number} rows
 * @property {number} columns features of a row
 * @property {number} classes
 */

/**
 * @param {string} name of a file in data/, without its ending
 * @returns {Table}
 */
export function readTable(name) {
  const file = `data/${name}.csv`;
  const lines = readFileSync(new URL(file, import.meta.url), 'utf8')
    .trimEnd()
    .split('\n');
  // A header has the names of the classes behind two counts; a sample has numbers only.
  if (lines[0].split(',').some((field) => Number.isNaN(Number(field)))) lines.shift();
  const columns = lines[0].split(',').length - 1;
  const x = new Float64Array(lines.length * columns);
  const y = new Int32Array(lines.length);
  lines.forEach((line, row) => {
    const fields = line.split(',').map(Number);
    if (fields.length !== columns + 1 || !fields.every(Number.isFinite))
      throw new Error(`${file}: sample ${row} is not ${columns + 1} numbers`);
    x.set(fields.slice(0, columns), row * columns);
    y[row] = fields[columns];
  });
  return { x, y, rows: lines.length, columns, classes: Math.max(...y) + 1 };
}

/** @type {{ train: import('../../examples/digits/data.js').Digits, test: import('../../examples/digits/data.js').Digits } | undefined} */
let mnist;

/** 60,000 images to train on and 10,000 to test with, read once. */
export function readMnist() {
  mnist ??= { train: readDigits('train'), test: readDigits('t10k') };
  return mnist;
}
