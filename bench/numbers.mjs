/** Numbers as benchmarks need them: medians, and times as people read them. Knows nothing else. */

/**
 * @param {readonly number[]} values
 * @returns {number}
 */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * @param {number} microseconds
 * @returns {string}
 */
export function formatTime(microseconds) {
  if (microseconds < 1) return `${(microseconds * 1000).toPrecision(3)} ns`;
  if (microseconds < 10_000) return `${microseconds.toPrecision(4)} µs`;
  return `${(microseconds / 1000).toPrecision(4)} ms`;
}
