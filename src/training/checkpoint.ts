/**
 * Checkpoints of a fit in files: when they are due, what they are called, and which of them are kept. Knows files
 * (runtime/files.ts) and how a core is saved; neither loops nor memory.
 */
import { checkBoolean, checkInteger, checkNumber, checkOptions, show } from '../check.js';
import type { NetworkCore } from '../core.js';
import { saveCore } from '../persist.js';
import { copyWhole, type Files, filesFor, writeWhole } from '../runtime/files.js';
import { type Monitor, monitorOf } from './books.js';
import type { MetricName } from './metrics.js';
import type { History } from './options.js';

/** Files that a fit writes so that it can go on from any of them (`resume`). */
export interface CheckpointOptions {
  /**
   * The newest checkpoint. It is replaced in one step, so at any moment there is a whole one. Others stand beside it: of
   * 'run.safetensors' those are 'run.step-1200.safetensors', after 1,200 updates, and 'run.best.safetensors'.
   */
  path: string;
  /** Write after every so many epochs; default 1, or never when `everyMinutes` is given. The end of a run is always written. */
  everyEpochs?: number;
  /** Write when so many minutes have passed since the last time, in the middle of an epoch too. */
  everyMinutes?: number;
  /** How many of the last ones are kept; default 1, which is `path` alone. With more, each has a name of its own, too. */
  keep?: number;
  /** Keep the best epoch, too; default false. */
  keepBest?: boolean;
  /** What says which is the best, as in `earlyStopping`; default 'valLoss' with validation data, else 'loss'. */
  monitor?: string;
}

export interface CheckedCheckpoint extends Required<Pick<CheckpointOptions, 'path' | 'keep' | 'keepBest'>> {
  readonly everyEpochs: number;
  /** Milliseconds. */
  readonly interval: number;
  readonly watch: Monitor;
  readonly files: Files;
}

const KEYS = ['path', 'everyEpochs', 'everyMinutes', 'keep', 'keepBest', 'monitor'];

/** @throws TypeError or RangeError for bad options; GradletError ERR_RUNTIME where there are no files */
export function checkCheckpoint(given: CheckpointOptions, metrics: readonly MetricName[], validated: boolean): CheckedCheckpoint {
  const where = 'fit: checkpoint';
  const { path, everyEpochs, everyMinutes, keep = 1, keepBest = false, monitor } = checkOptions(where, given, KEYS);
  if (typeof path !== 'string') throw new TypeError(`${where}.path: expected the path of a file, got ${show(path)}`);
  if (path === '') throw new RangeError(`${where}.path: expected the path of a file, got ''`);
  const never = everyMinutes === undefined ? 1 : Number.POSITIVE_INFINITY;
  const minutes = everyMinutes === undefined ? Number.POSITIVE_INFINITY : checkNumber(`${where}.everyMinutes`, everyMinutes, { above: 0 });
  return {
    path,
    everyEpochs: everyEpochs === undefined ? never : checkInteger(`${where}.everyEpochs`, everyEpochs, 1),
    interval: minutes * 60_000,
    keep: checkInteger(`${where}.keep`, keep, 1),
    keepBest: checkBoolean(`${where}.keepBest`, keepBest),
    watch: monitorOf(`${where}.monitor`, monitor ?? (validated ? 'valLoss' : 'loss'), metrics, validated),
    files: filesFor(where),
  };
}

/** Whether the last of some values is better than all before; NaN never is. */
function lastIsBest(values: readonly number[], higher: boolean): boolean {
  const last = values[values.length - 1];
  return !Number.isNaN(last) && values.slice(0, -1).every((value) => Number.isNaN(value) || (higher ? last > value : last < value));
}

/** Writes the checkpoints of one fit. */
export class Checkpoints {
  readonly #options: CheckedCheckpoint;
  #writtenAt = performance.now();
  /** Updates at the last writing; none yet. */
  #written = -1;

  constructor(
    readonly core: NetworkCore,
    options: CheckedCheckpoint,
    /** Updates so far. */
    readonly updates: () => number,
  ) {
    this.#options = options;
  }

  /** After some steps: writes when it is time. */
  afterSteps(): void {
    if (performance.now() - this.#writtenAt >= this.#options.interval) this.#write(this.#save());
  }

  /** After an epoch that is in the history. */
  afterEpoch(history: History): void {
    const { everyEpochs, keepBest, watch } = this.#options;
    const best = keepBest && lastIsBest(watch.list(history), watch.higher);
    const due = history.epochs % everyEpochs === 0;
    const bytes = best || due ? this.#save() : undefined;
    if (bytes && due) this.#write(bytes);
    if (bytes && best) writeWhole(this.#options.files, this.#name('best'), bytes);
    if (!due) this.afterSteps();
  }

  /** At the end of the run; `changed`: something is different without an update. */
  finish(changed: boolean): void {
    if (changed || this.#written !== this.updates()) this.#write(this.#save());
  }

  #save(): Uint8Array {
    return saveCore(this.core, { trainingState: true });
  }

  #write(bytes: Uint8Array): void {
    const { files, path, keep } = this.#options;
    writeWhole(files, path, bytes);
    this.#writtenAt = performance.now();
    this.#written = this.updates();
    if (keep === 1) return;
    const name = this.#name(`step-${this.#written}`);
    if (this.#others().some(({ path: other }) => other === name)) files.fs.unlinkSync(name);
    copyWhole(files, path, name, bytes);
    for (const { path: old } of this.#others().slice(keep)) files.fs.unlinkSync(old);
  }

  /** 'run.safetensors' becomes 'run.best.safetensors'. */
  #name(which: string): string {
    const { path, files } = this.#options;
    const extension = files.path.extname(path);
    return `${path.slice(0, path.length - extension.length)}.${which}${extension}`;
  }

  /** Files named after their step, the newest first: those of an earlier run, too. */
  #others(): { path: string; time: number; step: number }[] {
    const { path, files } = this.#options;
    const folder = files.path.dirname(path);
    const [before, after] = files.path.basename(this.#name('step-?')).split('?');
    const found: { path: string; time: number; step: number }[] = [];
    for (const name of files.fs.readdirSync(folder)) {
      const step = name.slice(before.length, name.length - after.length);
      if (!name.startsWith(before) || !name.endsWith(after) || !/^\d+$/.test(step)) continue;
      const other = this.#name(`step-${step}`);
      found.push({ path: other, time: files.fs.statSync(other).mtimeMs, step: Number(step) });
    }
    return found.sort((a, b) => b.time - a.time || b.step - a.step);
  }
}
