/** Tables as rows of cells, and as text for a terminal. Knows lines, not what was measured. */
import type { Line, Table } from './measure.js';
import { formatTime } from './numbers.mjs';

/** The columns that a table may have; one that would be empty is left out. */
const COLUMNS: Record<string, (line: Line, above: Line | undefined) => string | undefined> = {
  time: ({ microseconds, unit }) => `${formatTime(microseconds)}/${unit}`,
  'at most': ({ most }) => (most === undefined ? undefined : formatTime(most)),
  rate: ({ gflops, unit, microseconds }) => {
    if (unit === 'sample') return `${Math.round(1e6 / microseconds).toLocaleString('en')} samples/s`;
    return gflops === undefined ? undefined : `${gflops.toFixed(1)} GFLOP/s`;
  },
  'of the limit': ({ ofLimit }) => (ofLimit === undefined ? undefined : `${(100 * ofLimit).toFixed(0)} %`),
  'in the core': ({ inside }) => (inside === undefined ? undefined : `${(100 * inside).toFixed(0)} %`),
  speed: ({ speed }, above) => speed && `${speed.ratio.toFixed(2)} x ${speed.against === above?.name ? 'the line above' : speed.against}`,
};

/** Rows of cells, the first one the head. */
export function cells({ lines }: Table): string[][] {
  const wanted = Object.entries(COLUMNS).filter(([, cell]) => lines.some((line, index) => cell(line, lines[index - 1])));
  return [
    ['', ...wanted.map(([name]) => name)],
    ...lines.map((line, index) => [line.name, ...wanted.map(([, cell]) => cell(line, lines[index - 1]) ?? '')]),
  ];
}

export function asText(table: Table): string {
  const rows = cells(table);
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const pad = (cell: string, column: number): string => (column ? cell.padStart(widths[column]) : cell.padEnd(widths[column]));
  const body = rows.map((row) => `  ${row.map(pad).join('  ').trimEnd()}`);
  return [table.title, ...body, ...(table.note ? [`  ${table.note}`] : [])].join('\n');
}
