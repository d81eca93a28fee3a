/** A network's layers as a table of text. Knows no memory. */
import { activationName } from './activations.js';
import { elementCount, type ParameterMap } from './compile/parameters.js';
import { activationOf, type Layer } from './layers.js';

/** What is worth telling about a layer besides its width. */
function detail(layer: Layer): string {
  switch (layer.type) {
    case 'dropout':
      return `rate ${layer.rate}`;
    case 'gaussianNoise':
      return `stddev ${layer.stddev}`;
    case 'dense':
    case 'activation':
      return activationName(activationOf(layer));
    default:
      return '';
  }
}

/** One line a layer: name, output shape, activation or setting, parameters; then their sum and what they take in memory. */
export function summarize(layers: readonly Layer[], { widths, slots, trainable }: ParameterMap): string {
  const countOf = (layer: number): number =>
    slots.filter(({ name }) => name.startsWith(`layers.${layer}.`)).reduce((sum, { shape }) => sum + elementCount(shape), 0);
  const total = slots.reduce((sum, { shape }) => sum + elementCount(shape), 0);
  const running = slots.slice(trainable).reduce((sum, { shape }) => sum + elementCount(shape), 0);
  const rows = [
    ['layer', 'output', 'activation', 'parameters'],
    ['input', `[rows, ${widths[0]}]`, '', '0'],
    ...layers.map((layer, index) => [`${index} ${layer.type}`, `[rows, ${widths[index + 1]}]`, detail(layer), String(countOf(index))]),
  ];
  const columns = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const last = columns.length - 1;
  const line = (row: string[]): string =>
    row.map((cell, column) => (column === last ? cell.padStart(columns[column]) : cell.padEnd(columns[column]))).join('  ');
  const kinds = running ? ` (${running} of them running statistics)` : '';
  return [...rows.map(line), `${total} parameters${kinds}, ${(total * 4).toLocaleString('en')} bytes as 32-bit floats`].join('\n');
}
