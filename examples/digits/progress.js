// @ts-check
// What is seen while training: a live bar in a terminal, plain lines elsewhere, and one line for each finished epoch.
// It gets numbers only. It must not know the network, the data or files.

import cliProgress from 'cli-progress';

const REDRAW_MS = 100;
const PLAIN_LINE_MS = 2000;
// Characters beside the bar: reserved, so that its size does not jump with the numbers.
const USUAL_WORDS = 50;

/**
 * @typedef {object} Batch what one step tells
 * @property {number} epoch from 0
 * @property {number} batch from 0
 * @property {number} loss of this batch
 * @property {number} samplesPerSecond
 */
/** @typedef {import('./chart.js').Point} Point */
/** @typedef {{ write(text: string): unknown, isTTY?: boolean, columns?: number }} Output */

/**
 * @param {object} options
 * @param {number} options.epochs
 * @param {number} options.samples in an epoch
 * @param {number} options.batchSize
 * @param {string} options.held what the second pair of numbers was measured on: 'test' or 'validation'
 * @param {Output} [options.output]
 * @param {() => number} [options.now] milliseconds
 */
export function createProgress({ epochs, samples, batchSize, held, output = process.stdout, now = clock }) {
  const started = now();
  let lastShown = started - PLAIN_LINE_MS / 2;
  let rate = Number.NaN;
  let lossSum = 0;
  let seen = 0;
  /** @type {cliProgress.SingleBar | undefined} */
  let bar;

  const status = (/** @type {number} */ epoch) => {
    const done = epoch * samples + seen;
    const left = done === 0 ? Number.NaN : ((now() - started) / 1000 / done) * (epochs * samples - done);
    return {
      epoch: `epoch ${epoch + 1}/${epochs}`,
      loss: `loss ${seen === 0 ? '-' : (lossSum / seen).toFixed(4)}`,
      pace: `${formatRate(rate)}  ${formatDuration(left)} left`,
    };
  };
  const openBar = (/** @type {number} */ epoch) => {
    if (!output.isTTY || bar) return;
    bar = createBar(output);
    bar.start(samples, 0, status(epoch));
  };

  openBar(0);
  return {
    /** @param {Batch} event after every step: does next to nothing but a few times a second */
    batch(event) {
      const rows = Math.min(batchSize, samples - event.batch * batchSize);
      lossSum += event.loss * rows;
      seen += rows;
      const time = now();
      if (time - lastShown < (output.isTTY ? REDRAW_MS : PLAIN_LINE_MS)) return;
      lastShown = time;
      rate = event.samplesPerSecond;
      const { epoch, loss, pace } = status(event.epoch);
      if (output.isTTY) {
        openBar(event.epoch);
        bar?.update(seen, { epoch, loss, pace });
      } else {
        output.write(`${epoch}  ${percent(seen / samples)}  ${loss}  ${pace}\n`);
      }
    },
    /** @param {Point & { samplesPerSecond: number }} event after the last step of an epoch and its evaluation */
    epoch(event) {
      this.stop();
      seen = samples;
      rate = event.samplesPerSecond;
      const training = `training loss ${event.loss.toFixed(4)}, ${(event.accuracy * 100).toFixed(2)} %`;
      const other = `${held} loss ${event.heldLoss.toFixed(4)}, ${(event.heldAccuracy * 100).toFixed(2)} %`;
      const { epoch, pace } = status(event.epoch - 1);
      output.write(`${[epoch, training, other, ...(output.isTTY ? [] : [pace])].join('  ')}\n`);
      seen = 0;
      lossSum = 0;
      lastShown = now();
      if (event.epoch < epochs) openBar(event.epoch);
    },
    /** Takes the bar away, so that ordinary lines can follow. */
    stop() {
      bar?.stop();
      bar = undefined;
    },
  };
}

function clock() {
  return performance.now();
}

/** @param {Output} output */
function createBar(output) {
  return new cliProgress.SingleBar({
    stream: /** @type {NodeJS.WritableStream} */ (output),
    clearOnComplete: true,
    // Off, it would be a terminal setting that a process ended in a hurry leaves behind; lines are cut to fit instead.
    linewrap: true,
    format: (_, { progress }, { epoch, loss, pace }) => barLine(progress, [epoch, loss, pace], output.columns ?? 80),
  });
}

/**
 * One line that never wraps: the bar takes what the words leave, down to 8 characters.
 * @param {number} progress 0 to 1
 * @param {string[]} words
 * @param {number} columns
 */
export function barLine(progress, [epoch, loss, pace], columns) {
  const after = ` ${percent(progress)}  ${loss}  ${pace}`;
  const size = Math.max(8, Math.min(40, columns - epoch.length - Math.max(after.length, USUAL_WORDS) - 3));
  const full = Math.round(progress * size);
  return `${epoch}  ${'\u2588'.repeat(full)}${'\u2591'.repeat(size - full)}${after}`.slice(0, Math.max(1, columns - 1));
}

/** @param {number} share */
function percent(share) {
  return `${Math.floor(share * 100).toString().padStart(3)} %`;
}

/** @param {number} samplesPerSecond */
export function formatRate(samplesPerSecond) {
  return `${Number.isFinite(samplesPerSecond) ? Math.round(samplesPerSecond).toLocaleString('en-US') : '-'} samples/s`;
}

/** @param {number} seconds */
export function formatDuration(seconds) {
  if (!Number.isFinite(seconds)) return '-:--';
  const whole = Math.max(0, Math.ceil(seconds));
  const two = (/** @type {number} */ value) => String(value).padStart(2, '0');
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}
