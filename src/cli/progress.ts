/**
 * What is seen while something runs: a bar in a terminal, plain lines elsewhere, JSON for machines. It gets numbers only; it knows neither models
 * nor files.
 */
import cliProgress from 'cli-progress';
import { duration, type Output, short } from './output.js';

/** Least time between two plain lines. */
const LINE_MS = 2000;
const BAR_SIZE = 24;
/** Least time between two looks of a bar. */
const BAR_MS = 100;

/** A line of a bar that a terminal of so many columns does not break. */
function fit(text: string): string {
  return text.slice(0, Math.max(20, (process.stderr.columns ?? 80) - 1));
}

function bar(share: number): string {
  const full = Math.round(Math.min(1, Math.max(0, share)) * BAR_SIZE);
  return '\u2588'.repeat(full) + '\u2591'.repeat(BAR_SIZE - full);
}

/** A bar on the standard error; undefined where that is no terminal, or nobody wants to see it. */
function openBar(output: Output, line: (value: number, payload: Record<string, string>) => string): cliProgress.SingleBar | undefined {
  if (!process.stderr.isTTY || output.quiet || output.json) return undefined;
  return new cliProgress.SingleBar({
    stream: process.stderr,
    clearOnComplete: true,
    // Off, it would be a setting of the terminal that a process ended in a hurry leaves behind; lines are cut to fit instead.
    linewrap: true,
    hideCursor: false,
    format: (_, { value }, payload) => fit(line(value, payload as Record<string, string>)),
  });
}

function rate(rows: number): string {
  return `${Number.isFinite(rows) ? Math.round(rows).toLocaleString('en') : '-'} rows/s`;
}

/** How far a table is read. */
export class BlockProgress {
  readonly #bar: cliProgress.SingleBar | undefined;
  readonly #started = performance.now();

  /** @param size bytes of the table, if they are known */
  constructor(
    readonly output: Output,
    readonly size: number | undefined,
  ) {
    // A bar among the rows on the same terminal would be in their way.
    this.#bar = process.stdout.isTTY
      ? undefined
      : openBar(output, (value, { rows, pace, left }) => (size ? `${bar(value)} ${rows}  ${pace}  ${left}` : `${rows}  ${pace}`));
    this.#bar?.start(1, 0, { rows: '', pace: '', left: '' });
  }

  update(rows: number, bytes: number): void {
    const seconds = (performance.now() - this.#started) / 1000;
    const share = this.size ? bytes / this.size : 0;
    const left = `${duration(share > 0 ? (seconds / share) * (1 - share) : Number.NaN)} left`;
    this.#bar?.update(share, { rows: `${rows.toLocaleString('en')} rows`, pace: rate(rows / seconds), left });
  }

  stop(): void {
    this.#bar?.stop();
  }

  done(rows: number): void {
    const seconds = (performance.now() - this.#started) / 1000;
    this.output.note(`${rows.toLocaleString('en')} rows, ${rate(rows / seconds)}`);
  }
}

/** What training tells of an epoch. */
export interface EpochEvent {
  /** From 0. */
  readonly epoch: number;
  readonly loss: number;
  readonly valLoss?: number;
  readonly metrics: Readonly<Record<string, number>>;
  readonly valMetrics?: Readonly<Record<string, number>>;
  readonly learningRate: number;
  readonly samplesPerSecond: number | undefined;
}

/** What training tells of a step. */
export type BatchEvent = Pick<EpochEvent, 'epoch' | 'loss' | 'samplesPerSecond'> & { readonly batch: number };

/** How far a training is. */
export class EpochProgress {
  readonly #bar: cliProgress.SingleBar | undefined;
  readonly #started = performance.now();
  #first: number | undefined;
  #lastLine = performance.now();
  #lastBatch = performance.now();
  /** Losses of the batches of this epoch, added up. */
  #sum = 0;

  /**
   * @param epochs at most
   * @param batches in an epoch
   */
  constructor(
    readonly output: Output,
    readonly epochs: number,
    readonly batches: number,
  ) {
    this.#bar = openBar(output, (value, { words }) => `${bar(value / epochs)} ${words}`);
    this.#bar?.start(epochs, 0, { words: 'starting' });
  }

  /** A step in the middle of a long epoch; does next to nothing but now and then. */
  batch({ epoch, batch, loss, samplesPerSecond }: BatchEvent): void {
    this.#first ??= epoch;
    this.#sum = batch === 0 ? loss : this.#sum + loss;
    const now = performance.now();
    if (this.output.json || this.output.quiet || now - this.#lastBatch < (this.#bar ? BAR_MS : LINE_MS)) return;
    this.#lastBatch = now;
    const done = epoch + (batch + 1) / this.batches;
    const left = ((now - this.#started) / 1000 / (done - this.#first)) * (this.epochs - done);
    const mean = (this.#sum / (batch + 1)).toFixed(4);
    const words = `epoch ${epoch + 1}/${this.epochs}  loss ${mean}  ${rate(samplesPerSecond ?? Number.NaN)}  ${duration(left)} left`;
    if (this.#bar) this.#bar.update(done, { words });
    else this.output.note(words.replace('  loss', `, ${Math.floor(((batch + 1) / this.batches) * 100)} %  loss`));
  }

  /** The end of an epoch. */
  epoch(event: EpochEvent): void {
    const { epoch, loss, valLoss, metrics, valMetrics, learningRate, samplesPerSecond } = event;
    this.#first ??= epoch;
    this.#lastBatch = performance.now();
    const done = epoch + 1;
    this.output.event('epoch', {
      epoch: done,
      epochs: this.epochs,
      loss,
      valLoss,
      metrics,
      valMetrics,
      learningRate,
      rowsPerSecond: samplesPerSecond,
    });
    if (this.output.json || this.output.quiet) return;
    const seconds = (performance.now() - this.#started) / 1000;
    const left = (seconds / (done - this.#first)) * (this.epochs - done);
    const validation = valLoss === undefined ? '' : `  validation ${valLoss.toFixed(4)}`;
    const words = `epoch ${done}/${this.epochs}  loss ${loss.toFixed(4)}${validation}  ${rate(samplesPerSecond ?? Number.NaN)}  ${duration(left)} left`;
    if (this.#bar) {
      this.#bar.update(done, { words });
      return;
    }
    const every = Math.max(1, Math.ceil(this.epochs / 20));
    const now = performance.now();
    if (done !== 1 && done !== this.epochs && done % every !== 0 && now - this.#lastLine < LINE_MS) return;
    this.#lastLine = now;
    const [name, value] = Object.entries(valMetrics ?? metrics)[0] ?? [];
    this.output.note(name === undefined || value === undefined ? words : `${words}  ${name} ${short(value)}`);
  }

  /** Takes the bar away, so that ordinary lines can follow. */
  stop(): void {
    this.#bar?.stop();
  }
}

/** How far a search is. */
export class TrialProgress {
  #bar: cliProgress.SingleBar | undefined;
  #done = 0;

  constructor(readonly output: Output) {}

  /** A round of some trials begins. */
  round(round: number, rounds: number, trials: number, epochs: number): void {
    this.stop();
    this.#done = 0;
    const name = rounds > 1 ? `round ${round + 1}/${rounds}` : 'search';
    this.output.event('round', { round, rounds, trials, epochs });
    const started = performance.now();
    this.#bar = openBar(this.output, (value, { best }) => {
      const left = ((performance.now() - started) / 1000 / value) * (trials - value);
      return `${bar(value / trials)} ${name}  ${value}/${trials} trials${best}  ${duration(left)} left`;
    });
    if (this.#bar) this.#bar.start(trials, 0, { best: '' });
    else this.output.note(`${name}: ${trials} trials, ${epochs} epochs`);
  }

  trial(line: string, best: number | undefined): void {
    this.#done++;
    if (this.#bar) this.#bar.update(this.#done, { best: best === undefined ? '' : `  best ${short(best)}` });
    else this.output.note(line);
  }

  stop(): void {
    this.#bar?.stop();
    this.#bar = undefined;
  }
}
