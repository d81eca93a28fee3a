/** Turns samples and targets into what a trainer takes, checked against the network's shape. Knows no training. */
import { plural } from '../check.js';
import type { NetworkCore } from '../core.js';
import { checkFinite, cutTable, isTyped, type Samples, type Table, toLabels, toTable } from '../data/samples.js';
import { checkInputs } from '../prediction.js';
import type { Targets, TrainerData } from './feed.js';
import type { LossRow } from './losses.js';
import { rowWeights } from './weights.js';

/** Numbers that are looked over at a time: a few milliseconds. */
const PIECE = 1 << 18;

function checkTargets(where: string, core: NetworkCore, y: Samples, rows: number, loss: LossRow): Targets {
  const { units } = core;
  const labels = loss.targets === 'labels';
  const wanted = labels ? 1 : units;
  // Flat targets have the width that makes their rows as many as x has, so that the message can name it.
  const table = toTable(where, y, (length) => (length !== rows * wanted && length % rows === 0 && length > 0 ? length / rows : wanted));
  if (labels && table.columns !== 1) {
    throw new RangeError(
      `${where} has ${plural(table.columns, 'column')}, but sparseCategoricalCrossentropy takes one class index a row; for one column a class use categoricalCrossentropy`,
    );
  }
  if (table.columns !== wanted) {
    const last = core.architecture.layers.length - 1;
    const remedy = table.columns === 1 && loss.fusesWith === 'softmax' ? '; for class indices use sparseCategoricalCrossentropy' : '';
    throw new RangeError(
      `${where} has ${plural(table.columns, 'column')}, but the last layer has ${plural(units, 'unit')} (layers[${last}])${remedy}`,
    );
  }
  if (table.rows !== rows) throw new RangeError(`${where} has ${plural(table.rows, 'row')}, but x has ${rows}`);
  return labels ? { labels: toLabels(where, table, units) } : { table };
}

/** Weights of the rows, as options give them. */
export interface WeightOptions {
  readonly sampleWeight?: Samples;
  readonly classWeight?: Map<number, number>;
}

/**
 * Checks a table's values piece by piece, with a turn for the host after each. `look` sees each piece first, and may spare
 * typed ones the check: it tells whether they are finite.
 */
function* checkPieces(where: string, table: Table, look?: (piece: Table) => boolean): Generator<void, void> {
  const rows = Math.max(1, Math.floor(PIECE / table.columns));
  for (let from = 0; from < table.rows; from += rows) {
    const piece = cutTable(table, from, Math.min(table.rows, from + rows));
    if (!look?.(piece) || !isTyped(piece)) checkFinite(where, piece, from);
    yield;
  }
}

/**
 * Samples and targets of a call, `where` being 'fit: ' or 'fit: validationData.', checked piece by piece: who drives the
 * generator can give the host its turns. `watch` gets x once its shape is known, and returns what looks at its pieces before they are checked.
 */
export function* dataInPieces(
  where: string,
  core: NetworkCore,
  x: Samples,
  y: Samples,
  loss: LossRow,
  inputScale: number | undefined,
  { sampleWeight, classWeight }: WeightOptions = {},
  watch?: (x: Table) => ((piece: Table) => boolean) | undefined,
): Generator<void, TrainerData> {
  const table = checkInputs(`${where}x`, core, x);
  yield* checkPieces(`${where}x`, table, watch?.(table));
  const targets = checkTargets(`${where}y`, core, y, table.rows, loss);
  if ('table' in targets) yield* checkPieces(`${where}y`, targets.table);
  return { x: table, y: targets, inputScale, weights: rowWeights(where, sampleWeight, classWeight, targets, table.rows) };
}

/** The same at once. */
export function checkData(...call: Parameters<typeof dataInPieces>): TrainerData {
  const pieces = dataInPieces(...call);
  for (;;) {
    const { done, value } = pieces.next();
    if (done) return value;
  }
}
