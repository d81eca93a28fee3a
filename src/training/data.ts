/** Turns samples and targets into what a trainer takes, checked against the network's shape. Knows no training. */
import { plural } from '../check.js';
import type { NetworkCore } from '../core.js';
import { checkFinite, type Samples, toLabels, toTable } from '../data/samples.js';
import { checkInputs } from '../prediction.js';
import type { LossRow } from './losses.js';
import type { Targets, TrainerData } from './trainer.js';
import { rowWeights } from './weights.js';

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
  if (labels) return { labels: toLabels(where, table, units) };
  checkFinite(where, table);
  return { table };
}

/** Weights of the rows, as options give them. */
export interface WeightOptions {
  readonly sampleWeight?: Samples;
  readonly classWeight?: Map<number, number>;
}

/** Samples and targets of a call, `where` being 'fit: ' or 'fit: validationData.'. */
export function checkData(
  where: string,
  core: NetworkCore,
  x: Samples,
  y: Samples,
  loss: LossRow,
  inputScale: number | undefined,
  { sampleWeight, classWeight }: WeightOptions = {},
): TrainerData {
  const table = checkInputs(`${where}x`, core, x);
  checkFinite(`${where}x`, table);
  const targets = checkTargets(`${where}y`, core, y, table.rows, loss);
  return { x: table, y: targets, inputScale, weights: rowWeights(where, sampleWeight, classWeight, targets, table.rows) };
}
