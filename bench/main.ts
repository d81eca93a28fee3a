/** `npm run bench`: prints the throughput tables. */
import { hasRelaxedSimd } from '../src/runtime/module.js';
import { type Line, limitTask, measure } from './measure.js';
import { predictTask, stepTask, xorTask } from './networks.js';
import { productTasks } from './products.js';
import { PREDICTIONS, PRODUCTS, STEPS } from './shapes.js';

function print(title: string, lines: readonly Line[]): void {
  const rows = lines.map(({ name, unit, microseconds, gflops, ofLimit }) => [
    name,
    `${microseconds.toPrecision(4)} µs/${unit}`,
    unit === 'sample'
      ? `${Math.round(1e6 / microseconds).toLocaleString('en')} samples/s`
      : gflops === undefined
        ? ''
        : `${gflops.toFixed(1)} GFLOP/s`,
    ofLimit === undefined ? '' : `${(100 * ofLimit).toFixed(0)} % of limit`,
  ]);
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  console.log(`\n${title}`);
  for (const row of rows)
    console.log(`  ${row.map((cell, column) => (column ? cell.padStart(widths[column]) : cell.padEnd(widths[column]))).join('  ')}`);
}

const binaries = hasRelaxedSimd() ? (['strict', 'relaxed'] as const) : (['strict'] as const);
const best = binaries[binaries.length - 1];
console.log(`gradlet on ${process.release.name} ${process.version}, ${process.arch}; medians, the limit measured in the same rounds`);
for (const binary of binaries) {
  const tasks = PRODUCTS.flatMap(([rows, inputs, units]) => productTasks(binary, rows, inputs, units));
  print(`Matrix products, rows x inputs x units (${binary} SIMD)`, await measure(limitTask(binary), tasks));
}
const steps = STEPS.flatMap(({ widths, batch, optimizers }) => optimizers.map((optimizer) => stepTask(widths, batch, optimizer)));
print(`Whole training steps through fit (${best} SIMD)`, await measure(limitTask(best), steps));
print(`Small things through the public API (${best} SIMD)`, await measure(limitTask(best), [xorTask(), ...PREDICTIONS.map(predictTask)]));
