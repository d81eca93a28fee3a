/**
 * Brings a trainer's data into the core's memory: small data once and as a whole, so that an order names its rows; of larger
 * data the rows of each call, in the order of their use. Knows where they lie, not what is done with them.
 */
import type { LoweredTraining } from '../compile/lower.js';
import { type Plan, tensorAddress } from '../compile/plan.js';
import type { Region, Tensor } from '../compile/program.js';
import type { NetworkCore } from '../core.js';
import { copyPicked, type Table } from '../data/samples.js';

/** Data up to this size is copied as a whole. */
const RESIDENT_BYTES = 8 * 2 ** 20;
/** Rows of larger data that are brought in for one call, in bytes. */
const WINDOW_BYTES = 2 * 2 ** 20;

/** Targets in one form: rows as wide as the output, or labels. */
export type Targets = { readonly table: Table } | { readonly labels: Int32Array };

export interface TrainerData {
  readonly x: Table;
  readonly y: Targets;
  readonly inputScale: number | undefined;
  /** One a row; undefined: all 1. */
  readonly weights?: Float32Array;
}

/** Whether `rows` rows of inputs are small enough to be copied as a whole, and if not, how many a call may have. */
export function residence(rows: number, inputs: number, bytes: boolean): { resident: boolean; windowRows: number } {
  const rowBytes = inputs * (bytes ? 1 : 4);
  const resident = rows * rowBytes <= RESIDENT_BYTES;
  return { resident, windowRows: resident ? Number.POSITIVE_INFINITY : WINDOW_BYTES / rowBytes };
}

export class Feed {
  constructor(
    readonly core: NetworkCore,
    readonly plan: Plan,
    readonly lowered: LoweredTraining,
    readonly resident: boolean,
    /** Row numbers of a call. */
    readonly order: Region,
  ) {}

  /** Regions that change from call to call. */
  get changing(): Region[] {
    if (this.resident) return [this.order];
    const { sourceX, sourceY, sourceWeights } = this.lowered;
    return [sourceX, sourceY, sourceWeights].flatMap((tensor) => (tensor ? [tensor.region] : []));
  }

  /** Goes on with other data. */
  load(data: TrainerData): void {
    const { core, plan, lowered } = this;
    core.pointSource(plan, lowered, data.x.bytes, data.inputScale);
    if (this.resident) {
      core.stage(plan, lowered, data.x, 0, data.x.rows);
      core.stageTargets(plan, lowered, data, 0, data.x.rows);
      return;
    }
    // A window's rows lie in the order of their use.
    const at = this.#orderAt / 4;
    const { i32 } = core.memory.engine;
    for (let i = 0; i < this.order.bytes / 4; i++) i32[at + i] = i;
  }

  /** Brings the rows named by `order` in: their numbers, or the rows themselves. */
  bringIn({ x, y, weights }: TrainerData, order: Int32Array): void {
    const { engine } = this.core.memory;
    if (this.resident) {
      engine.i32.set(order, this.#orderAt / 4);
      return;
    }
    const { sourceX, sourceY, sourceWeights } = this.lowered;
    const toX = this.#addressOf(sourceX);
    if (x.bytes) copyPicked(x, order, 0, order.length, engine.u8, toX);
    else copyPicked(x, order, 0, order.length, engine.f32, toX / 4);
    const toY = this.#addressOf(sourceY) / 4;
    if ('labels' in y) for (let i = 0; i < order.length; i++) engine.i32[toY + i] = y.labels[order[i]];
    else copyPicked(y.table, order, 0, order.length, engine.f32, toY);
    if (!weights || !sourceWeights) return;
    const toWeights = this.#addressOf(sourceWeights) / 4;
    for (let i = 0; i < order.length; i++) engine.f32[toWeights + i] = weights[order[i]];
  }

  get #orderAt(): number {
    return this.plan.addresses.get(this.order) as number;
  }

  #addressOf(tensor: Tensor): number {
    return tensorAddress(this.plan, tensor);
  }
}
