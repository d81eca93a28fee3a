/** One synchronous update, and the trainer that is kept for the next one. Knows no epochs. */
import type { NetworkCore } from '../core.js';
import type { Samples } from '../data/samples.js';
import { checkData, checkInputScale } from './data.js';
import { divergenceError } from './fit.js';
import { checkTrainOnBatch, type TrainOnBatchOptions } from './options.js';
import { freshOptimizer, Trainer, type TrainerData, type TrainerOptions } from './trainer.js';

/** A trainer that can be used again, and for what. */
const kept = new WeakMap<NetworkCore, Trainer>();

/** Whether `trainer` fits the call as it is: same loss, metrics and state, room enough, still laid out. */
function fits(trainer: Trainer, core: NetworkCore, options: TrainerOptions, data: TrainerData): boolean {
  const { loss, metrics, state, batchSize } = trainer.options;
  return (
    core.memory.holds(trainer) &&
    state === options.state &&
    loss === options.loss &&
    metrics.length === options.metrics.length &&
    metrics.every((metric, index) => metric === options.metrics[index]) &&
    batchSize >= options.batchSize &&
    trainer.bytes === data.x.bytes
  );
}

/** See Network.trainOnBatch. */
export function trainOnBatch(
  core: NetworkCore,
  x: Samples,
  y: Samples,
  options: TrainOnBatchOptions,
): { loss: number } & Record<string, number> {
  const { loss, metrics, metricNames, optimizer } = checkTrainOnBatch(options);
  const data = checkData('trainOnBatch: ', core, x, y, loss, checkInputScale('trainOnBatch', options.inputScale));
  const { rows } = data.x;
  let state = core.optimizerState;
  if (!state || state.given !== options.optimizer) {
    state = freshOptimizer(options.optimizer, optimizer);
    core.optimizerState = state;
  }
  const wanted = { batchSize: rows, loss, metrics, state, snapshotCalls: 1 };
  let trainer = kept.get(core);
  if (trainer && fits(trainer, core, wanted, data)) {
    trainer.load(data);
  } else {
    trainer = new Trainer(core, wanted, data, rows);
    kept.set(core, trainer);
  }
  const order = Int32Array.from({ length: rows }, (_, row) => row);
  const { learningRate } = state.optimizer;
  const before = state.rule.state;
  trainer.push(order, 0, rows, typeof learningRate === 'function' ? learningRate(state.updates) : learningRate);
  const { losses, divergence } = trainer.flush();
  const sums = trainer.takeSums();
  if (divergence) {
    state.rule.state = before;
    state.updates--;
    throw divergenceError('trainOnBatch', core, divergence, '');
  }
  return { loss: losses[0] / rows, ...Object.fromEntries(metricNames.map((name, index) => [name, metrics[index].result(sums[index])])) };
}
