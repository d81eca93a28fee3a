// Stratified folds, and the standardising of features. It must not know networks or where data come from.

/**
 * Random integers below a bound (mulberry32): the same ones for the same seed everywhere.
 * @param {number} seed
 * @returns {(below: number) => number}
 */
function randomIntegers(seed) {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return Math.floor((((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

/**
 * Rows in `count` folds. The rows of each class are shuffled and dealt out one by one, each class going on where the one
 * before it ended; so folds differ by one row at most, and by one row of each class at most.
 * @param {Int32Array} y
 * @param {number} count
 * @param {number} seed
 * @returns {number[][]} the rows of each fold
 */
export function stratifiedFolds(y, count, seed) {
  const random = randomIntegers(seed);
  /** @type {Map<number, number[]>} */
  const rowsOf = new Map();
  y.forEach((label, row) => {
    const rows = rowsOf.get(label);
    if (rows) rows.push(row);
    else rowsOf.set(label, [row]);
  });
  /** @type {number[][]} */
  const folds = Array.from({ length: count }, () => []);
  let next = 0;
  for (const rows of rowsOf.values()) {
    for (let i = rows.length - 1; i > 0; i--) {
      const other = random(i + 1);
      [rows[i], rows[other]] = [rows[other], rows[i]];
    }
    for (const row of rows) folds[next++ % count].push(row);
  }
  return folds;
}

/**
 * Mean and deviation of each column over the given rows; the deviation of a constant column is 1.
 * @param {import('./data.mjs').Table} table
 * @param {number[]} rows
 */
export function measure({ x, columns }, rows) {
  const mean = new Float64Array(columns);
  const deviation = new Float64Array(columns);
  for (let column = 0; column < columns; column++) {
    for (const row of rows) mean[column] += x[row * columns + column] / rows.length;
    let squares = 0;
    for (const row of rows) squares += (x[row * columns + column] - mean[column]) ** 2;
    deviation[column] = Math.sqrt(squares / rows.length) || 1;
  }
  return { mean, deviation };
}

/**
 * The given rows, each column less its mean and divided by its deviation, with their classes.
 * @param {import('./data.mjs').Table} table
 * @param {number[]} rows
 * @param {ReturnType<typeof measure>} scale
 */
export function standardise({ x, y, columns }, rows, { mean, deviation }) {
  const data = new Float32Array(rows.length * columns);
  rows.forEach((row, i) => {
    for (let column = 0; column < columns; column++) {
      data[i * columns + column] = (x[row * columns + column] - mean[column]) / deviation[column];
    }
  });
  return { x: { data, rows: rows.length, columns }, y: Int32Array.from(rows, (row) => y[row]) };
}
