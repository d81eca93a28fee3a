/** The column to predict: labels or numbers, which of the two, and the rows that have one. Knows no inputs. */
import { plural, show } from '../check.js';
import { isMissing, toBoolean, toNumber, toText, unfit } from './cells.js';
import { measure } from './columns.js';
import { kindOf, markersOf, markerWarning, type Tally, tallyColumn } from './kinds.js';
import type { Source } from './table.js';
import type { Label, Task } from './types.js';

/** Whole numbers are labels when there are at most so many of them, with so many rows each on average. */
const NUMBER_LABELS = 20;
const ROWS_PER_LABEL = 5;
/** Most labels that a network is made to tell apart. */
export const MAXIMUM_LABELS = 1000;

/** What a model knows of its target. */
export type TargetDescription =
  | { readonly task: 'classification'; readonly name: string; readonly labels: readonly Label[]; readonly markers?: readonly string[] }
  | {
      readonly task: 'regression';
      readonly name: string;
      readonly mean: number;
      readonly deviation: number;
      readonly markers?: readonly string[];
    };

/** A target's description, and its values for the rows that have one. */
export interface MeasuredTarget {
  readonly description: TargetDescription;
  /** Rows with a target. */
  readonly rows: Int32Array;
  /** For each of them the index of its label, or its standardised number. */
  readonly values: Int32Array | Float32Array;
}

/** Whether a cell says nothing. */
function absent(value: unknown, markers: readonly string[] = []): boolean {
  return isMissing(value) || (typeof value === 'string' && markers.includes(value.trim()));
}

function taskOf(tally: Tally, numbers: readonly number[] | undefined): Task {
  if (kindOf(tally) !== 'number' || !numbers) return 'classification';
  const different = new Set<number>();
  for (const value of numbers) {
    different.add(value);
    if (!Number.isInteger(value) || different.size > NUMBER_LABELS) return 'regression';
  }
  const truth = different.size === 2 && different.has(0) && different.has(1);
  return truth || different.size * ROWS_PER_LABEL <= numbers.length ? 'classification' : 'regression';
}

/** How the labels of a target read, by what its cells are. */
function labelReader(tally: Tally): (value: unknown) => Label | undefined {
  if (tally.booleans === tally.present) return toBoolean;
  return markersOf(tally) && tally.booleans === 0 ? toNumber : toText;
}

/** The label that a cell says, as the model writes it; undefined when it is none of them. */
export function labelIndex(labels: readonly Label[]): (value: unknown) => number | undefined {
  const places = new Map(labels.map((label, index) => [label, index]));
  const read = { number: toNumber, boolean: toBoolean, string: toText }[typeof labels[0] as 'number' | 'boolean' | 'string'];
  return (value) => {
    const label = read(value);
    return label === undefined ? undefined : places.get(label);
  };
}

const compare = (a: Label, b: Label): number => (a < b ? -1 : Number(a > b));

function describeLabels(where: string, name: string, cells: readonly unknown[], tally: Tally): readonly Label[] {
  const read = labelReader(tally);
  const found = new Set<Label>();
  for (const value of cells) {
    found.add(read(value) as Label);
    if (found.size > MAXIMUM_LABELS) {
      const remedy = "put rare ones together, or give task: 'regression' for numbers";
      throw new RangeError(`${where}: expected at most ${MAXIMUM_LABELS} labels in the target ${show(name)}, got more; ${remedy}`);
    }
  }
  const labels = [...found].sort(compare);
  if (labels.length < 2)
    throw new RangeError(
      `${where}: expected two labels or more in the target ${show(name)}, got ${show(labels[0])} alone: nothing to tell apart`,
    );
  return labels;
}

/**
 * The target of a table.
 * @param task if it was given
 * @throws RangeError for a target that is not there, has no values, one label only, too many, or no numbers where there must be
 */
export function measureTarget(
  where: string,
  source: Source,
  name: string,
  task: Task | undefined,
  warn: (message: string) => void,
): MeasuredTarget {
  if (!source.has(name)) {
    const names = source.names().slice(0, 20).map(show).join(', ');
    throw new RangeError(`${where}: expected the target ${show(name)} among the columns, which are ${names}`);
  }
  const cell = source.column(name);
  const tally = tallyColumn(where, name, source.rows, cell);
  const markers = tally.booleans === 0 ? markersOf(tally) : undefined;
  const rows = Int32Array.from({ length: source.rows }, (_, row) => row).filter((row) => !absent(cell(row), markers));
  if (rows.length === 0) throw new RangeError(`${where}: expected values in the target ${show(name)}, but all are missing`);
  if (markers?.length) warn(markerWarning(where, name, markers));
  if (rows.length < source.rows)
    warn(`${where}: ${plural(source.rows - rows.length, 'row')} without a target (${show(name)}) are left out`);
  const cells = Array.from(rows, cell);
  const numbers = markers && cells.map((value) => toNumber(value) as number);
  const marked = markers?.length ? { markers } : {};
  if ((task ?? taskOf(tally, numbers)) === 'classification') {
    const labels = describeLabels(where, name, cells, tally);
    const place = labelIndex(labels);
    return {
      description: { task: 'classification', name, labels, ...marked },
      rows,
      values: Int32Array.from(cells, (value) => place(value) as number),
    };
  }
  const values = cells.map((value, index) => {
    const number = toNumber(value);
    if (number === undefined || !Number.isFinite(number)) unfit(where, 'a finite number in the target', name, rows[index], value);
    return number;
  });
  const { mean, deviation } = measure(values);
  if (deviation === 0)
    throw new RangeError(`${where}: expected different numbers in the target ${show(name)}, got ${values[0]} alone: nothing to learn`);
  return {
    description: { task: 'regression', name, mean, deviation, ...marked },
    rows,
    values: Float32Array.from(values, (value) => (value - mean) / deviation),
  };
}

/** Rows of a table whose target is there, and the cells of it: for evaluations. */
export function targetCells(where: string, source: Source, { name, markers }: TargetDescription): { rows: Int32Array; cells: unknown[] } {
  if (!source.has(name)) throw new RangeError(`${where}: expected the target ${show(name)} among the columns, but it is not there`);
  const cell = source.column(name);
  const rows = Int32Array.from({ length: source.rows }, (_, row) => row).filter((row) => !absent(cell(row), markers));
  if (rows.length === 0) throw new RangeError(`${where}: expected rows with a target (${show(name)}), got none`);
  return { rows, cells: Array.from(rows, cell) };
}
