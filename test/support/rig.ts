/**
 * Runs a program of a few ops on the real core, in memory full of poison. Knows tensors and programs, not what ops mean.
 *
 * Before a run every byte from the plan's start on is a NaN that no kernel makes; tests put their inputs on top of that. So
 * a kernel that reads what nobody wrote gives NaN or a trap, and after the run `trespasses` tells every word that changed
 * outside of where it was allowed to.
 */
import {
  DTYPE_F64,
  DTYPE_I32,
  DTYPE_U8,
  LAYOUT_FLAT,
  LAYOUT_PANELS,
  MEMORY_BASE,
  PANEL_COLUMNS,
  PANEL_ROW_BYTES,
  STEP_COUNTER,
  STEP_LOSS,
  STEP_ORDER,
  STEP_ROWS,
  STEP_SCALARS,
  STEP_SIZE,
  STEP_STATUS,
} from '../../assembly/abi.js';
import { encodeProgram } from '../../src/compile/encode.js';
import { packKernel, roundUp, unpackKernel } from '../../src/compile/layout.js';
import { type Plan, planMemory, tensorAddress, tensorsOf } from '../../src/compile/plan.js';
import type { Op, Program, Region, Tensor } from '../../src/compile/program.js';
import { Engine } from '../../src/runtime/engine.js';
import type { BinaryName } from '../../src/runtime/module.js';

/** A NaN as f32, far out of range as a row number or label. */
export const POISON = 0x7fc5a5a5;
/** Poison behind a tensor, and behind the plan. */
const GUARD = 256;

/** What changes from step to step. */
export interface Step {
  readonly rows: number;
  /** Row numbers of the batch; without it 0, 1, 2 … */
  readonly order?: readonly number[];
  /** The optimizer's hyperparameters. */
  readonly scalars?: ArrayLike<number>;
  /** Names the step's random numbers; default 0. */
  readonly counter?: number;
}

export interface Result {
  /** Steps that are whole. */
  readonly done: number;
  /** Status and loss of each step. */
  readonly status: number[];
  readonly loss: number[];
}

/** Where a program may write: a tensor, and of rows how many. */
export interface Writable {
  readonly tensor: Tensor;
  readonly rows?: number;
}

/** The tensor with poison behind it in a region of its own that is never shared. */
export function guarded(tensor: Tensor): Tensor {
  return { ...tensor, region: { name: tensor.region.name, bytes: tensor.bytes + GUARD, life: 'kept' } };
}

const engines = new Map<BinaryName, Engine>();

/** One engine for each binary serves all rigs: only one rig may be at work at a time. */
function engineOf(binary: BinaryName, bytes: number): Engine {
  const engine = engines.get(binary) ?? new Engine(binary, bytes);
  engines.set(binary, engine);
  engine.reserve(bytes);
  return engine;
}

export class Rig {
  readonly plan: Plan;
  readonly engine: Engine;
  readonly #program: Program;
  readonly #steps: Region;
  readonly #order: Region;
  /** What the last run reported, what it was called with, and memory right before it. */
  last: Result | undefined;
  lastCall: [program: number, steps: number, count: number] = [0, 0, 0];
  before = new Int32Array();

  constructor(binary: BinaryName, program: Program | readonly Op[], { steps = 1, orderRows = 256 } = {}) {
    this.#program = 'ops' in program ? program : { name: 'test', ops: program, results: [] };
    this.#steps = { name: 'steps', bytes: steps * STEP_SIZE, life: 'kept' };
    this.#order = { name: 'order', bytes: steps * orderRows * 4, life: 'kept' };
    this.plan = planMemory([this.#program], MEMORY_BASE, new Map(), [this.#steps, this.#order]);
    this.engine = engineOf(binary, this.plan.end + GUARD);
    this.reset();
  }

  /** Poison everywhere, then the program. */
  reset(): void {
    this.engine.i32.fill(POISON, MEMORY_BASE / 4, (this.plan.end + GUARD) / 4);
    encodeProgram(this.engine.view, this.plan, this.#program);
  }

  /** Zeros in all regions that the library clears when it lays a plan out and nothing else shares. */
  clearKept(): void {
    for (const { region } of tensorsOf(this.#program)) {
      const from = this.plan.addresses.get(region) as number;
      if (region.life !== 'transient') this.engine.u8.fill(0, from, from + region.bytes);
    }
  }

  /** Writes a tensor from row-major values; rows get their zeros up to a multiple of 8 columns, other forms everywhere. */
  put(tensor: Tensor, values: ArrayLike<number>): void {
    const { u8, f32 } = this.engine;
    const at = tensorAddress(this.plan, tensor);
    if (tensor.layout === LAYOUT_PANELS) {
      u8.fill(0, at, at + tensor.bytes);
      packKernel(values, tensor.rows, tensor.columns, f32, at / 4);
      return;
    }
    const { numbers, size } = this.#numbers(tensor);
    if (tensor.layout === LAYOUT_FLAT && tensor.stride === size) {
      u8.fill(0, at, at + tensor.bytes);
      numbers.set(values, at / size);
      return;
    }
    const padded = roundUp(tensor.columns, PANEL_COLUMNS) * size;
    for (let row = 0; row * tensor.columns < values.length; row++) {
      const start = at + row * tensor.stride;
      u8.fill(0, start, start + Math.min(padded, tensor.stride));
      for (let c = 0; c < tensor.columns; c++) numbers[start / size + c] = values[row * tensor.columns + c];
    }
  }

  /** The values of a tensor, row-major: all of them, or of the first `rows` rows. With `padded`, rows to a multiple of 8 columns. */
  get(tensor: Tensor, rows = tensor.rows, padded = false): number[] {
    const at = tensorAddress(this.plan, tensor);
    const { numbers, size } = this.#numbers(tensor);
    if (tensor.layout === LAYOUT_PANELS) {
      const columns = padded ? roundUp(tensor.columns, PANEL_COLUMNS) : tensor.columns;
      return Array.from(unpackKernel(this.engine.f32, at / 4, tensor.rows, columns));
    }
    const columns = padded ? roundUp(tensor.columns, PANEL_COLUMNS) : tensor.columns;
    return Array.from(
      { length: rows * columns },
      (_, index) => numbers[(at + Math.floor(index / columns) * tensor.stride) / size + (index % columns)],
    );
  }

  /** Runs one step after the other in one call of the core. */
  run(...steps: readonly Step[]): Result {
    const { engine, plan } = this;
    const record = plan.addresses.get(this.#steps) as number;
    let order = plan.addresses.get(this.#order) as number;
    for (const [index, step] of steps.entries()) {
      const at = record + index * STEP_SIZE;
      engine.u8.fill(0, at, at + STEP_SIZE);
      engine.view.setInt32(at + STEP_ROWS, step.rows, true);
      engine.view.setInt32(at + STEP_STATUS, -1, true);
      engine.view.setFloat64(at + STEP_LOSS, Number.NaN, true);
      engine.f32.set(step.scalars ?? [], (at + STEP_SCALARS) / 4);
      engine.view.setUint32(at + STEP_COUNTER, step.counter ?? 0, true);
      if (!step.order) continue;
      engine.view.setUint32(at + STEP_ORDER, order, true);
      engine.i32.set(step.order, order / 4);
      order += step.order.length * 4;
    }
    this.before = engine.i32.slice(0, (plan.end + GUARD) / 4);
    this.lastCall = [plan.programs.get(this.#program) as number, record, steps.length];
    const done = engine.core.run(...this.lastCall);
    const each = <T>(read: (at: number) => T): T[] => steps.map((_, index) => read(record + index * STEP_SIZE));
    this.last = {
      done,
      status: each((at) => engine.view.getInt32(at + STEP_STATUS, true)),
      loss: each((at) => engine.view.getFloat64(at + STEP_LOSS, true)),
    };
    return this.last;
  }

  /** What the last run changed outside of `allowed` and of what steps report: one line a word. */
  trespasses(allowed: readonly Writable[]): string[] {
    const free = new Uint8Array(this.before.length);
    for (const { tensor, rows = tensor.rows } of allowed) this.#allow(free, tensor, rows);
    const record = this.plan.addresses.get(this.#steps) as number;
    for (let at = record; at < record + this.#steps.bytes; at += STEP_SIZE) {
      free[(at + STEP_STATUS) / 4] = 1;
      free.fill(1, (at + STEP_LOSS) / 4, (at + STEP_LOSS) / 4 + 2);
    }
    const found: string[] = [];
    const { i32 } = this.engine;
    for (let word = 0; word < free.length && found.length < 5; word++) {
      if (i32[word] !== this.before[word] && !free[word]) found.push(this.#describe(word * 4));
    }
    return found;
  }

  #allow(free: Uint8Array, tensor: Tensor, rows: number): void {
    const at = tensorAddress(this.plan, tensor);
    if (tensor.layout === LAYOUT_PANELS) {
      for (let panel = at; panel < at + tensor.bytes; panel += tensor.stride)
        free.fill(1, panel / 4, (panel + tensor.rows * PANEL_ROW_BYTES) / 4);
    } else if (tensor.layout === LAYOUT_FLAT) {
      free.fill(1, at / 4, (at + (rows === tensor.rows ? tensor.bytes : rows * tensor.stride)) / 4);
    } else {
      const width = roundUp(tensor.columns, PANEL_COLUMNS);
      for (let row = 0; row < rows; row++) free.fill(1, (at + row * tensor.stride) / 4, (at + row * tensor.stride) / 4 + width);
    }
  }

  #describe(address: number): string {
    for (const [region, from] of this.plan.addresses) {
      if (address >= from && address < from + region.bytes) return `byte ${address - from} of ${region.name} was written`;
    }
    return `address ${address}, outside of every region, was written`;
  }

  #numbers({ dtype }: Tensor): { numbers: Float32Array | Float64Array | Int32Array | Uint8Array; size: number } {
    const { u8, i32, f32, f64 } = this.engine;
    if (dtype === DTYPE_U8) return { numbers: u8, size: 1 };
    if (dtype === DTYPE_I32) return { numbers: i32, size: 4 };
    return dtype === DTYPE_F64 ? { numbers: f64, size: 8 } : { numbers: f32, size: 4 };
  }
}
