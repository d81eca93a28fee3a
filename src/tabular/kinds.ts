/** Finds out what a column holds, by looking at all of its cells. Knows no numbers of networks. */
import { plural, show } from '../check.js';
import { checkCell, isMissing, isTruthText, toNumber, toText, toTime } from './cells.js';
import type { ColumnKind } from './types.js';

/** How many different texts may stand among numbers and count as missing, and the least share of numbers then. */
const MARKERS = 3;
const MARKED_SHARE = 0.8;

/** What a column holds, counted. */
export interface Tally {
  readonly present: number;
  readonly missing: number;
  readonly booleans: number;
  readonly dates: number;
  /** Cells that cannot be read as numbers. */
  readonly strange: number;
  /** The different texts among these, one more than can be markers at most. */
  readonly texts: readonly string[];
}

/** @throws TypeError for a cell that no column can hold */
export function tallyColumn(where: string, name: string, rows: number, cell: (row: number) => unknown): Tally {
  const tally = { present: 0, missing: 0, booleans: 0, dates: 0, strange: 0 };
  const texts = new Set<string>();
  for (let row = 0; row < rows; row++) {
    const value = cell(row);
    checkCell(where, name, row, value);
    if (isMissing(value)) {
      tally.missing++;
      continue;
    }
    tally.present++;
    if (typeof value === 'boolean' || (typeof value === 'string' && isTruthText(value))) tally.booleans++;
    if (toNumber(value) !== undefined) continue;
    tally.strange++;
    if (toTime(value) !== undefined) tally.dates++;
    if (texts.size <= MARKERS && typeof value === 'string') texts.add(toText(value));
  }
  return { ...tally, texts: [...texts] };
}

/** Texts of a column of numbers that must stand for nothing; undefined when they are too many to be that. */
export function markersOf({ present, dates, strange, texts }: Tally): readonly string[] | undefined {
  const few = texts.length <= MARKERS && strange <= (1 - MARKED_SHARE) * present;
  return strange === 0 || (few && dates === 0) ? texts : undefined;
}

/** The kind that all cells agree with. */
export function kindOf(tally: Tally): ColumnKind {
  const { present, booleans, dates } = tally;
  if (present === 0) return 'ignore';
  if (booleans === present) return 'boolean';
  if (dates === present) return 'date';
  return booleans === 0 && markersOf(tally) ? 'number' : 'category';
}

/** What to say of texts that were taken for missing values. */
export function markerWarning(where: string, name: string, markers: readonly string[]): string {
  const texts = markers.map((text) => show(text)).join(', ');
  const remedy = `if they mean something, give columns: { ${JSON.stringify(name)}: 'category' }`;
  return `${where}: column ${show(name)} has numbers and ${plural(markers.length, 'other text')} (${texts}), which count as missing; ${remedy}`;
}
