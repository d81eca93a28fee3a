/** A network's layers as a table of text. Knows no memory. */
import { type Architecture, layerInputs } from './compile/parameters.js';

/** One line a layer: name, output shape, activation, parameters; then their sum and what they take in memory. */
export function summarize(architecture: Architecture): string {
  const { inputs, layers } = architecture;
  const counts = layers.map(({ units, useBias }, index) => units * (layerInputs(architecture, index) + Number(useBias)));
  const total = counts.reduce((sum, count) => sum + count, 0);
  const rows = [
    ['layer', 'output', 'activation', 'parameters'],
    ['input', `[rows, ${inputs}]`, '', '0'],
    ...layers.map(({ type, units, activation }, index) => [`${index} ${type}`, `[rows, ${units}]`, activation, String(counts[index])]),
  ];
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const last = widths.length - 1;
  const line = (row: string[]): string =>
    row.map((cell, column) => (column === last ? cell.padStart(widths[column]) : cell.padEnd(widths[column]))).join('  ');
  return [...rows.map(line), `${total} parameters, ${(total * 4).toLocaleString('en')} bytes as 32-bit floats`].join('\n');
}
