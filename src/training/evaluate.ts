/**
 * Loss and metrics over a table, in inference mode, a few rows at a time. Knows no training.
 * Works in the guest zone of a network's memory, so that it may run between two steps of a fit.
 */
import { STEP_LOSS, STEP_ROWS, STEP_SIZE } from '../../assembly/abi.js';
import { type Lowered, lowerEvaluation } from '../compile/lower.js';
import { tensorAddress } from '../compile/plan.js';
import type { Region } from '../compile/program.js';
import type { NetworkCore } from '../core.js';
import { execute } from '../runtime/execute.js';
import type { LossRow } from './losses.js';
import type { MetricRow } from './metrics.js';
import type { TrainerData } from './trainer.js';

/** Rows evaluated at a time. */
const EVALUATE_ROWS = 128;
/** Where the step record lies. */
const EVALUATE_STEP: Region = { name: 'evaluate.step', bytes: STEP_SIZE, life: 'kept' };

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

  constructor(
    readonly core: NetworkCore,
    loss: LossRow,
    readonly metrics: readonly MetricRow[],
    readonly data: TrainerData,
  ) {
    const rows = Math.min(EVALUATE_ROWS, data.x.rows);
    this.#lowered = lowerEvaluation(core.architecture, core.map, { rows, loss, metrics, weighted: data.weights !== undefined });
    this.flopsPerChunk = 2 * rows * (core.map.parameters.bytes / 4);
  }

  /** Goes through the rows; stops after each chunk, so that the caller can let the host work. */
  *run(): Generator<void, Evaluation> {
    const { x } = this.data;
    const rows = this.#lowered.batchX.rows;
    const sums = this.#lowered.accumulators.map((tensor) => new Float64Array(tensor.rows));
    let loss = 0;
    for (let first = 0; first < x.rows; first += rows) {
      loss += this.#chunk(first, Math.min(rows, x.rows - first), sums);
      yield;
    }
    return { loss: loss / x.rows, metrics: this.metrics.map((metric, index) => metric.result(sums[index])) };
  }

  /** One chunk: its sum of losses; adds the metrics' sums to `sums`. */
  #chunk(first: number, count: number, sums: readonly Float64Array[]): number {
    const { core } = this;
    core.base();
    const plan = core.memory.guest(this, () => ({ programs: [this.#lowered.program], extra: [EVALUATE_STEP] }));
    const { engine } = core.memory;
    const step = plan.addresses.get(EVALUATE_STEP) as number;
    const { x, inputScale } = this.data;
    core.pointSource(plan, this.#lowered, x.bytes, inputScale);
    core.stage(plan, this.#lowered, x, first, count);
    core.stageTargets(plan, this.#lowered, this.data, first, count);
    engine.i32[(step + STEP_ROWS) / 4] = count;
    execute(engine, plan, this.#lowered.program, step, 1);
    this.#lowered.accumulators.forEach((tensor, index) => {
      const at = tensorAddress(plan, tensor) / 8;
      for (let i = 0; i < tensor.rows; i++) sums[index][i] += engine.f64[at + i];
      engine.f64.fill(0, at, at + tensor.rows);
    });
    return engine.f64[(step + STEP_LOSS) / 8];
  }
}
