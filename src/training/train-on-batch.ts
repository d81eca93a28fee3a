/** One synchronous update, and the trainer that is kept for the next one. Knows no epochs. */
import type { NetworkCore } from '../core.js';
import type { Samples } from '../data/samples.js';
import { checkInputScale } from '../prediction.js';
import { checkData } from './data.js';
import { divergenceError } from './diverged.js';
import { learningRateAt } from './optimizers.js';
import { checkTrainOnBatch, type TrainOnBatchOptions } from './options.js';
import { freshOptimizer, Trainer, type TrainerOptions } from './trainer.js';
import { batchNormWarning } from './warnings.js';

/** A trainer that can be used again. */
const kept = new WeakMap<NetworkCore, Trainer>();
/** Networks whose single rows have been warned about. */
const warned = new WeakSet<NetworkCore>();

/** See Network.trainOnBatch. */
export function trainOnBatch(
  core: NetworkCore,
  x: Samples,
  y: Samples,
  options: TrainOnBatchOptions,
): { loss: number } & Record<string, number> {
  const checked = checkTrainOnBatch(options, core.units);
  const { loss, metrics, metricNames, optimizer, clipNorm, clipValue, classWeight } = checked;
  const { sampleWeight } = options;
  const scale = checkInputScale('trainOnBatch', options.inputScale);
  const data = checkData('trainOnBatch: ', core, x, y, loss, scale, { sampleWeight, classWeight });
  const { rows } = data.x;
  const warning = warned.has(core) ? undefined : batchNormWarning(core, rows, rows);
  if (warning) {
    warned.add(core);
    checked.onWarning(`trainOnBatch: ${warning}`);
  }
  let state = core.optimizerState;
  if (!state || state.given !== options.optimizer) {
    state = freshOptimizer(options.optimizer, optimizer);
    core.optimizerState = state;
  }
  core.trainingState = undefined;
  const wanted: TrainerOptions = { batchSize: rows, loss, metrics, state, snapshotCalls: 1, clipNorm, clipValue };
  let trainer = kept.get(core);
  if (trainer?.fits(data) && trainer.serves(wanted)) {
    trainer.load(data);
  } else {
    trainer = new Trainer(core, wanted, data, rows);
    kept.set(core, trainer);
  }
  const order = Int32Array.from({ length: rows }, (_, row) => row);
  trainer.writeSums(metrics.map((metric) => Array<number>(metric.sums(core.units)).fill(0)));
  trainer.push(order, 0, rows, learningRateAt('trainOnBatch', state.optimizer, state.updates));
  const { losses, divergence } = trainer.flush();
  const sums = trainer.readSums();
  if (divergence) throw divergenceError('trainOnBatch', core, divergence, '');
  return {
    loss: losses[0] / rows,
    ...Object.fromEntries(metricNames.map((name, index) => [name, metrics[index].result(Float64Array.from(sums[index]))])),
  };
}
