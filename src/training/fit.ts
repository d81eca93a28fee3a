/**
 * One fit: options and data are checked, bit by bit where there are many, then the loop runs (loop.ts). Knows no memory and
 * no epochs.
 */
import type { NetworkCore } from '../core.js';
import { cutTable, type Samples } from '../data/samples.js';
import { checkInputScale } from '../prediction.js';
import { yieldToHost } from '../runtime/yield.js';
import { dataInPieces } from './data.js';
import { Evaluator } from './evaluate.js';
import type { TrainerData } from './feed.js';
import { SLICE_MS, type Source, TrainingLoop } from './loop.js';
import { type CheckedFit, checkFit, type FitOptions, type History } from './options.js';
import { checkResume, readTrainingState } from './resume.js';
import { type Blocks, checkReiterable, isBlocks } from './stream.js';
import { stepFlops } from './trainer.js';
import { batchNormWarning, ColumnWatch } from './warnings.js';
import { checkNoFunctions, wantedThreads } from './workers.js';

/** Rows for validation, cut off the end of the data. */
function split(data: TrainerData, fraction: number): { train: TrainerData; validation: TrainerData } {
  const { rows } = data.x;
  // 100 · (1 - 0.07) is 92.99999999999999 in binary and 93 for everybody else.
  const kept = Math.floor(rows * (1 - fraction) + 1e-9);
  if (kept < 1) throw new RangeError(`fit: validationSplit ${fraction} of ${rows} rows leaves none to train on`);
  return { train: cut(data, 0, kept), validation: { ...cut(data, kept, rows), weights: undefined } };
}

function cut({ x, y, inputScale, weights }: TrainerData, from: number, to: number): TrainerData {
  const targets = 'labels' in y ? { labels: y.labels.subarray(from, to) } : { table: cutTable(y.table, from, to) };
  return { x: cutTable(x, from, to), y: targets, inputScale, weights: weights?.subarray(from, to) };
}

/** Goes through some work to its end, with a turn for the host whenever a slice is over. */
async function inSlices<T>(work: Generator<void, T>, signal: FitOptions['signal']): Promise<T> {
  for (let start = performance.now(); ; ) {
    const { done, value } = work.next();
    if (done) return value;
    if (performance.now() - start < SLICE_MS) continue;
    await yieldToHost();
    signal?.throwIfAborted();
    start = performance.now();
  }
}

/** What a fit trains on and looks at, checked; warnings are given. */
async function readData(
  core: NetworkCore,
  x: Samples | Blocks,
  y: Samples | undefined,
  checked: CheckedFit,
  options: FitOptions,
): Promise<{ source: Source; validation: TrainerData | undefined }> {
  const { validationData, validationSplit, sampleWeight, signal } = options;
  const scale = checkInputScale('fit', options.inputScale);
  let source: Source;
  let validation: TrainerData | undefined;
  if (isBlocks(x)) {
    if (validationSplit) throw new TypeError('fit: validationSplit needs all rows at once; with blocks give validationData');
    if (sampleWeight) throw new TypeError('fit: sampleWeight belongs into each block: { x, y, sampleWeight }');
    checkReiterable(x, checked.epochs);
    source = { blocks: x };
  } else {
    const weights = { sampleWeight, classWeight: checked.classWeight };
    const columns = new ColumnWatch(scale ?? 1);
    const pieces = dataInPieces('fit: ', core, x, y as Samples, checked.loss, scale, weights, (table) => columns.watch(table));
    const data = await inSlices(pieces, signal);
    source = { data };
    if (validationSplit) {
      const parts = split(data, validationSplit);
      source = { data: parts.train };
      validation = parts.validation;
    }
    for (const message of [columns.warning(), batchNormWarning(core, source.data.x.rows, checked.batchSize)]) {
      if (message) checked.onWarning(message);
    }
  }
  if (validationData) {
    const pieces = dataInPieces('fit: validationData.', core, validationData.x, validationData.y, checked.loss, scale);
    validation = await inSlices(pieces, signal);
  }
  return { source, validation };
}

/** Trains; see Network.fit. */
export async function fit(core: NetworkCore, x: Samples | Blocks, y: Samples | undefined, options: FitOptions): Promise<History> {
  const checked = checkFit(options, core.units);
  if (checked.workers.worker) checkNoFunctions(core.architecture, checked, options.loss);
  options.signal?.throwIfAborted();
  core.memory.busy = true;
  try {
    const { source, validation } = await readData(core, x, y, checked, options);
    const resumed = options.resume && readTrainingState(core, options.resume);
    if (resumed) checkResume(resumed.state, checked, 'data' in source ? source.data.x.rows : 0);
    core.threads = wantedThreads(checked.workers, core.architecture, checked.loss, {
      flops: stepFlops(core.map, checked.batchSize),
      rows: checked.batchSize,
    });
    core.optimizerState = undefined;
    resumed?.apply();
    const evaluator = validation && new Evaluator(core, checked.loss, checked.metrics, validation);
    return await new TrainingLoop(core, source, evaluator, checked, options, resumed?.state).run();
  } finally {
    core.memory.busy = false;
  }
}
