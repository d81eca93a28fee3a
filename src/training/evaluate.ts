/**
 * Loss and metrics over a table, in inference mode, a few rows at a time. Knows no training.
 * Works in the guest zone of a network's memory, so that it may run between two steps of a fit.
 */
import { STEP_LOSS, STEP_ORDER, STEP_ROWS, STEP_SIZE } from '../../assembly/abi.js';
import { type Lowered, lowerEvaluation } from '../compile/lower.js';
import { tensorAddress } from '../compile/plan.js';
import type { Region } from '../compile/program.js';
import type { NetworkCore } from '../core.js';
import { executeShared } from '../runtime/execute.js';
import type { TrainerData } from './feed.js';
import type { LossRow } from './losses.js';
import type { MetricRow } from './metrics.js';

/** Rows of a step: their losses are summed first, so the bits depend on it. */
const EVALUATE_ROWS = 128;
/** Steps in one call where threads share them. */
const SHARED_STEPS = 8;

export interface Evaluation {
  /** Mean over the rows. */
  readonly loss: number;
  /** One for each metric, in their order. */
  readonly metrics: readonly number[];
}

export class Evaluator {
  /** Floating-point operations of one chunk, for whoever has to stop in between. */
  readonly flopsPerChunk: number;
  readonly #lowered: Lowered;
  /** Step records, and the numbers of their rows. */
  readonly #steps: Region;
  readonly #order: Region;
  /** Steps in one call. */
  readonly #stepsPerCall: number;

  constructor(
    readonly core: NetworkCore,
    loss: LossRow,
    readonly metrics: readonly MetricRow[],
    readonly data: TrainerData,
  ) {
    const rows = Math.min(EVALUATE_ROWS, data.x.rows);
    const { threads } = core.threads;
    this.#stepsPerCall = threads > 1 ? Math.min(SHARED_STEPS, Math.ceil(data.x.rows / rows)) : 1;
    const sourceRows = this.#stepsPerCall * rows;
    this.#lowered = lowerEvaluation(core.architecture, core.map, {
      rows,
      sourceRows,
      loss,
      metrics,
      weighted: data.weights !== undefined,
      threads,
    });
    this.#steps = { name: 'evaluate.steps', bytes: this.#stepsPerCall * STEP_SIZE, life: 'kept' };
    this.#order = { name: 'evaluate.order', bytes: sourceRows * 4, life: 'kept' };
    this.flopsPerChunk = 2 * sourceRows * (core.map.parameters.bytes / 4);
  }

  /** Goes through the rows; stops after each call of the core, so that the caller can let the host work. */
  *run(): Generator<void, Evaluation> {
    const { x } = this.data;
    const rows = this.#lowered.batchX.rows * this.#stepsPerCall;
    const sums = this.#lowered.accumulators.map((tensor) => new Float64Array(tensor.rows));
    let loss = 0;
    for (let first = 0; first < x.rows; first += rows) {
      for (const part of this.#call(first, Math.min(rows, x.rows - first), sums)) loss += part;
      yield;
    }
    return { loss: loss / x.rows, metrics: this.metrics.map((metric, index) => metric.result(sums[index])) };
  }

  /** `count` rows from `first` on: their losses, step by step; the metrics' sums go on from `sums`. */
  #call(first: number, count: number, sums: readonly Float64Array[]): number[] {
    const { core } = this;
    const lowered = this.#lowered;
    core.base();
    const plan = core.memory.guest(this, () => ({ programs: [lowered.program], extra: [this.#steps, this.#order] }));
    const { engine } = core.memory;
    const records = plan.addresses.get(this.#steps) as number;
    const order = plan.addresses.get(this.#order) as number;
    const { x, inputScale } = this.data;
    core.pointSource(plan, lowered, x.bytes, inputScale);
    core.stage(plan, lowered, x, first, count);
    core.stageTargets(plan, lowered, this.data, first, count);
    const accumulators = lowered.accumulators.map((tensor) => tensorAddress(plan, tensor) / 8);
    for (const [index, at] of accumulators.entries()) engine.f64.set(sums[index], at);
    for (let row = 0; row < count; row++) engine.i32[order / 4 + row] = row;
    const { rows } = lowered.batchX;
    const steps = Math.ceil(count / rows);
    for (let step = 0; step < steps; step++) {
      const record = (records + step * STEP_SIZE) / 4;
      engine.i32[record + STEP_ROWS / 4] = Math.min(rows, count - step * rows);
      engine.u32[record + STEP_ORDER / 4] = order + step * rows * 4;
    }
    // A loss that is not finite ends a run; the next step goes on.
    for (let step = 0; step < steps; step++) {
      step += executeShared(core.memory, plan, lowered.program, records + step * STEP_SIZE, steps - step);
    }
    for (const [index, at] of accumulators.entries()) sums[index].set(engine.f64.subarray(at, at + sums[index].length));
    return Array.from({ length: steps }, (_, step) => engine.f64[(records + step * STEP_SIZE + STEP_LOSS) / 8]);
  }
}
