/**
 * The work that every peer does, as data: the same networks, numbers and order of magnitude for all of them. Inputs are
 * seeded; Python reads them from files. Knows no library.
 */
import { mkdirSync, writeFileSync } from 'node:fs';

/** mulberry32 (T. Ettinger): seeded numbers from 0 to below 1. */
function random(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Ten patterns in which every fifth pixel is lit, each seen through noise: as sparse as digits, and as easy to learn. */
function images(rows, pixels, classes) {
  const next = random(1);
  const patterns = Array.from({ length: classes }, () => Float32Array.from({ length: pixels }, () => (next() < 0.2 ? 1 : 0)));
  const x = new Float32Array(rows * pixels);
  const labels = Int32Array.from({ length: rows }, (_, row) => row % classes);
  for (let row = 0; row < rows; row++) {
    for (let pixel = 0; pixel < pixels; pixel++) {
      const noise = next();
      const lit = noise < 0.05 ? 1 : patterns[labels[row]][pixel];
      x[row * pixels + pixel] = lit * (0.5 + 0.5 * next());
    }
  }
  return { x, labels };
}

function oneHot(labels, classes) {
  const y = new Float32Array(labels.length * classes);
  labels.forEach((label, row) => {
    y[row * classes + label] = 1;
  });
  return y;
}

function predict(widths) {
  const next = random(2);
  const row = Float32Array.from({ length: widths[0] }, next);
  return { title: `predict of one row, ${widths.join('-')}`, kind: 'predict', unit: 'row', widths, row };
}

const DIGITS = [784, 128, 10];
/** Small enough for the slowest peers: an epoch is the least that a library trains. */
const ROWS = 128;
const BATCH = 64;

export const WORKS = {
  xor: {
    title: 'XOR, 2-4-1, logistic units, squared error, one sample an update',
    kind: 'xor',
    unit: 'sample',
    x: new Float32Array([0, 0, 0, 1, 1, 0, 1, 1]),
    y: new Float32Array([0, 1, 1, 0]),
    learningRate: 0.5,
  },
  'predict-small': predict([4, 16, 3]),
  'predict-digit': predict(DIGITS),
  digit: (() => {
    const { x, labels } = images(ROWS, DIGITS[0], DIGITS[2]);
    const y = oneHot(labels, DIGITS[2]);
    const title = `one training step, ${DIGITS.join('-')}, batch ${BATCH}, Adam`;
    return { title, kind: 'train', unit: 'step', widths: DIGITS, batch: BATCH, rows: ROWS, x, y, labels, learningRate: 0.001 };
  })(),
};

/** Writes a work for another language: its numbers as raw little-endian files beside work.json. */
export function writeWork(name, directory) {
  mkdirSync(directory, { recursive: true });
  const plain = {};
  for (const [key, value] of Object.entries(WORKS[name])) {
    if (ArrayBuffer.isView(value)) writeFileSync(`${directory}/${key}`, value);
    else plain[key] = value;
  }
  writeFileSync(`${directory}/work.json`, JSON.stringify(plain));
}

/** Rows of a flat array as arrays of numbers, which most libraries want. */
export function rowsOf(flat, columns) {
  return Array.from({ length: flat.length / columns }, (_, row) => Array.from(flat.subarray(row * columns, (row + 1) * columns)));
}

/** The share of rows whose largest output is that of their class. */
export function accuracy(outputs, labels) {
  const hits = outputs.filter((output, row) => output.indexOf(Math.max(...output)) === labels[row]);
  return hits.length / labels.length;
}
