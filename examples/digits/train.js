// @ts-check
// Trains a digit classifier from the flags, measures it on the test images, and writes the model and its curves.
// It must not know the command line, the bar's drawing or the file format of the images.

import { join } from 'node:path';
import { Network, adam, dense } from 'gradlet';
import { CLASSES, PIXELS, readDigits, slice } from './data.js';
import { RunError, messageOf } from './errors.js';
import { shown, writeWhole } from './files.js';
import { exitInterrupted } from './interrupt.js';
import { createProgress } from './progress.js';

const LOSS = 'sparseCategoricalCrossentropy';
const INPUT_SCALE = 1 / 255;

/** @typedef {import('./flags.js').Flags} Flags */
/** @typedef {import('./data.js').Digits} Digits */
/** @typedef {import('./chart.js').Point} Point */

/**
 * @param {Flags} flags
 * @param {AbortSignal} signal stops after the current step
 */
export async function train(flags, signal) {
  const all = readDigits('train');
  const test = readDigits('t10k');
  const used = Math.min(flags.limit, all.count);
  const training = slice(all, 0, used - flags.validation);
  const held = flags.validation > 0 ? slice(all, used - flags.validation, used) : test;
  const heldName = flags.validation > 0 ? 'validation' : 'test';

  const shape = [PIXELS, ...flags.hidden, CLASSES].join('-');
  console.log(`training ${shape} on ${number(training.count)} images: ` +
    `${epochsOf(flags.epochs)}, batch ${number(flags.batch)}, Adam, seed ${flags.seed}`);
  const network = attempt(() => createNetwork(flags));
  const { points, steps, stopped } = await fit(network, training, held, heldName, flags, signal);

  const stepsInAll = Math.ceil(training.count / flags.batch) * flags.epochs;
  if (stopped) exitInterrupted();
  if (stopped && steps === 0) {
    console.log('stopped before the first step: nothing trained, nothing saved');
    return;
  }

  const { accuracy } = attempt(() =>
    network.evaluate(test.images, test.labels, { loss: LOSS, metrics: ['accuracy'], inputScale: INPUT_SCALE }),
  );
  const accuracyLine = `test accuracy: ${(accuracy * 100).toFixed(2)} %`;
  const model = join(flags.out, 'digits.safetensors');
  const picture = join(flags.out, 'digits.svg');
  console.log(accuracyLine);
  writeWhole(model, attempt(() => network.save()));
  if (points.length > 0) {
    // Loaded only now: Vega is large, and training should start at once.
    const { drawCurves } = await import('./chart.js');
    const subtitle = [
      `${accuracyLine} after ${stopped ? `${number(steps)} steps (stopped)` : epochsOf(flags.epochs)}, ` +
        `batch ${number(flags.batch)}, Adam, seed ${flags.seed}`,
      'Training: mean over the epoch while the weights change. Validation: measured after the epoch.',
    ];
    const svg = await drawCurves(points, {
      title: `Handwritten digits (MNIST), network ${shape}`,
      subtitle,
      training: `training (${number(training.count)} images)`,
      held: `validation (${flags.validation > 0 ? 'held out: ' : 'the test set: '}${number(held.count)} images)`,
    });
    writeWhole(picture, svg);
  }
  const curves = points.length > 0 ? ` and ${shown(picture)}` : ' (no whole epoch yet, so no curves)';
  if (stopped) {
    console.log(`stopped after step ${number(steps)} of ${number(stepsInAll)}, saved ${shown(model)}${curves}`);
  } else {
    console.log(`model: ${shown(model)}\ncurves: ${shown(picture)}`);
  }
}

/** @param {Flags} flags */
function createNetwork({ hidden, seed }) {
  return new Network({
    inputs: PIXELS,
    layers: [...hidden.map((units) => dense(units, { activation: 'relu' })), dense(CLASSES, { activation: 'softmax' })],
    seed,
  });
}

/**
 * @param {Network} network
 * @param {Digits} training
 * @param {Digits} held
 * @param {string} heldName
 * @param {Flags} flags
 * @param {AbortSignal} signal
 * @returns {Promise<{ points: Point[], steps: number, stopped: boolean }>} whole epochs, whole steps, and whether the
 *   signal came before the end
 */
async function fit(network, training, held, heldName, flags, signal) {
  const { epochs, batch: batchSize } = flags;
  const progress = createProgress({ epochs, samples: training.count, batchSize, held: heldName });
  /** @type {Point[]} */
  const points = [];
  let steps = 0;
  let stopped = false;
  try {
    await network.fit(training.images, training.labels, {
      loss: LOSS,
      optimizer: adam(),
      epochs,
      batchSize,
      inputScale: INPUT_SCALE,
      metrics: ['accuracy'],
      validationData: { x: held.images, y: held.labels },
      signal,
      onBatch(event) {
        steps++;
        progress.batch(event);
      },
      onEpoch({ epoch, loss, metrics, valLoss, valMetrics, samplesPerSecond }) {
        const point = {
          epoch: epoch + 1,
          loss,
          accuracy: metrics.accuracy,
          heldLoss: valLoss ?? Number.NaN,
          heldAccuracy: valMetrics?.accuracy ?? Number.NaN,
        };
        points.push(point);
        progress.epoch({ ...point, samplesPerSecond });
      },
    });
  } catch (error) {
    stopped = signal.aborted && error === signal.reason;
    if (!stopped) throw new RunError(messageOf(error), { cause: error });
  } finally {
    progress.stop();
  }
  return { points, steps, stopped };
}

/**
 * What the library refuses (a network too large, say) is a line for the user, not a stack.
 * @template T
 * @param {() => T} work
 * @returns {T}
 */
function attempt(work) {
  try {
    return work();
  } catch (error) {
    throw new RunError(messageOf(error), { cause: error });
  }
}

/** @param {number} value */
function number(value) {
  return value.toLocaleString('en-US');
}

/** @param {number} epochs */
function epochsOf(epochs) {
  return epochs === 1 ? '1 epoch' : `${number(epochs)} epochs`;
}
