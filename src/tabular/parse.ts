/**
 * CSV texts as columns of texts (RFC 4180, read by Papa Parse), and what such a text looks like. Knows nothing of what cells mean beyond
 * decimal signs.
 */
import Papa from 'papaparse';
import { checkBoolean, checkOptions, plural, show } from '../check.js';
import type { ParseOptions, TextFormat } from './types.js';

/** In the order in which they are taken where several would do: a comma is also a decimal sign. */
const SEPARATORS = ['\t', ';', '|', ','];
/** Characters and lines that are looked at to find out what a text looks like. */
const SAMPLE = 65_536;
const SAMPLE_LINES = 200;

const BOM = '\ufeff';
/** Numbers with thousands in groups or not, by decimal sign. */
const NUMBERS = {
  '.': /^\s*[+-]?(?:\d{1,3}(?:,\d{3})+)(?:\.\d+)?\s*$/,
  ',': /^\s*[+-]?(?:(?:\d{1,3}(?:\.\d{3})+|\d+)(?:,\d*)?|,\d+)(?:[eE][+-]?\d+)?\s*$/,
} as const;
/** Numbers with decimals, by their sign. */
const DECIMAL_POINT = /^\s*[+-]?(?:\d{1,3}(?:,\d{3})+|\d*)\.\d+\s*$/;
const DECIMAL_COMMA = /^\s*[+-]?(?:\d{1,3}(?:\.\d{3})+|\d*),\d+\s*$/;
/** What may be a thousand and more, or a number with three decimals. */
const GROUP = /^\s*[+-]?\d{1,3}[.,]\d{3}\s*$/;

interface Records {
  readonly records: string[][];
  readonly error: { readonly row: number; readonly message: string } | undefined;
}

function split(text: string, separator: string, preview = 0): Records {
  const lines = text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text;
  const { data, errors } = Papa.parse<string[]>(lines, { delimiter: separator, newline: '\n', skipEmptyLines: true, preview });
  const found = errors.find(({ type }) => type === 'Quotes');
  return { records: data, error: found && { row: found.row ?? 0, message: found.message } };
}

/** The beginning of a text, up to the last whole line. */
function sampleOf(text: string): string {
  const sample = text.startsWith(BOM) ? text.slice(1, SAMPLE) : text.slice(0, SAMPLE);
  const end = Math.max(sample.lastIndexOf('\n'), sample.lastIndexOf('\r'));
  return text.length > SAMPLE && end > 0 ? sample.slice(0, end) : sample;
}

/** The separator that cuts all lines into the same number of cells; or else the one that cuts the first into most. */
function separatorOf(sample: string): string {
  const cuts = SEPARATORS.map((separator) => {
    const { records } = split(sample, separator, SAMPLE_LINES);
    const cells = records[0]?.length ?? 0;
    return { separator, cells, even: cells > 1 && records.every((record) => record.length === cells) };
  });
  const even = cuts.find((cut) => cut.even);
  return (even ?? cuts.reduce((best, cut) => (cut.cells >= best.cells ? cut : best))).separator;
}

function decimalOf(records: readonly (readonly string[])[], separator: string): '.' | ',' {
  let points = 0;
  let commas = 0;
  for (const cell of records.flat()) {
    const grouped = GROUP.test(cell);
    if (DECIMAL_POINT.test(cell) && !grouped) points++;
    else if (DECIMAL_COMMA.test(cell) && !(grouped && separator === ',')) commas++;
  }
  return commas > 0 && points === 0 ? ',' : '.';
}

function checkText(where: string, text: unknown): asserts text is string {
  if (typeof text !== 'string') throw new TypeError(`${where}: expected the text of a table, got ${show(text)}`);
}

/** Separator and decimal sign of a CSV text, or of the beginning of one: for whoever reads it in pieces. */
export function detectFormat(text: string): TextFormat {
  checkText('detectFormat', text);
  const sample = sampleOf(text);
  const separator = separatorOf(sample);
  return { separator, decimal: decimalOf(split(sample, separator, SAMPLE_LINES).records, separator) };
}

/** @internal A cell with a decimal point and no groups of thousands, if it is a number; otherwise as it is. */
export function plainCell(cell: string, decimal: '.' | ','): string {
  if (!cell.includes(',') && (decimal === '.' || !cell.includes('.'))) return cell;
  if (!NUMBERS[decimal].test(cell)) return cell;
  return decimal === '.' ? cell.replaceAll(',', '') : cell.replaceAll('.', '').replace(',', '.');
}

function namesOf(header: readonly string[]): string[] {
  const names = header.map((name, index) => name.trim() || `column${index + 1}`);
  for (const [index, name] of names.entries()) {
    const first = names.indexOf(name);
    if (first < index)
      throw new RangeError(`parseTable: expected names that differ, but columns ${first + 1} and ${index + 1} are both ${show(name)}`);
  }
  return names;
}

/**
 * The columns of a CSV text, every cell a text: numbers with a decimal point whatever they had, everything else as it stands.
 * `trainTable` finds out what the texts mean.
 * @throws RangeError for rows of different lengths, a quote that never ends, a name used twice, a text without rows
 */
export function parseTable(text: string, options?: ParseOptions): Record<string, string[]> {
  checkText('parseTable', text);
  const { separator, decimal, header = true } = checkOptions('parseTable', options, ['separator', 'decimal', 'header']);
  checkBoolean('parseTable: header', header);
  if (separator !== undefined && (typeof separator !== 'string' || separator.length !== 1 || /["\r\n]/.test(separator)))
    throw new RangeError(`parseTable: separator: expected one character that is no quote, got ${show(separator)}`);
  if (decimal !== undefined && decimal !== '.' && decimal !== ',')
    throw new RangeError(`parseTable: decimal: expected '.' or ',', got ${show(decimal)}`);
  const sample = sampleOf(text);
  const between = separator ?? separatorOf(sample);
  const sign = decimal ?? decimalOf(split(sample, between, SAMPLE_LINES).records, between);
  const { records, error } = split(text.startsWith(BOM) ? text.slice(1) : text, between);
  if (error) throw new RangeError(`parseTable: expected quotes to come in pairs: ${error.message} (record ${error.row + 1})`);
  if (records.length === 0) throw new RangeError('parseTable: expected a line or more, got an empty text');
  const width = records[0].length;
  const names = header ? namesOf(records[0]) : records[0].map((_, index) => `column${index + 1}`);
  const rows = header ? records.slice(1) : records;
  for (const [index, { length }] of rows.entries()) {
    if (length === width) continue;
    const remedy = `a cell that holds the separator ${show(between)} must stand in quotes`;
    const at = `record ${index + (header ? 2 : 1)}`;
    throw new RangeError(`parseTable: expected ${plural(width, 'cell')} in each line, got ${length} in ${at}; ${remedy}`);
  }
  return Object.fromEntries(names.map((name, column) => [name, rows.map((record) => plainCell(record[column], sign))]));
}
