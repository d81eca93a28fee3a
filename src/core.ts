/**
 * What a network consists of behind its public face: architecture, parameters, seed and counters, and the memory they are
 * worked in. Knows how to predict; training and evaluation are built on top of it.
 */
import {
  DTYPE_F32,
  DTYPE_U8,
  FLAG_SCALE,
  OP_FLAGS,
  OP_SCALAR,
  STEP_ORDER,
  STEP_ROWS,
  STEP_SIZE,
  TENSOR_DTYPE,
  TENSOR_STRIDE,
} from '../assembly/abi.js';
import { packKernel, unpackKernel } from './compile/layout.js';
import { type Lowered, lowerPrediction } from './compile/lower.js';
import { type Architecture, mapParameters, type ParameterMap, type ParameterSlot } from './compile/parameters.js';
import { type Plan, tensorAddress } from './compile/plan.js';
import type { Region } from './compile/program.js';
import { copyRows, type Numbers, type Table } from './data/samples.js';
import type { Metadata } from './format/metadata.js';
import { describeLayer } from './layers.js';
import { execute, executeShared } from './runtime/execute.js';
import { NetworkMemory, type Wanted } from './runtime/memory.js';
import { binaryFor } from './runtime/module.js';
import type { TrainingState } from './training/books.js';
import type { TrainerData } from './training/feed.js';
import type { OptimizerState } from './training/trainer.js';
import type { ThreadCount } from './training/workers.js';

/** Rows predicted at a time. */
const PREDICT_ROWS = 64;
/** The same where threads share them. */
const SHARED_ROWS = 512;

/** Numbers that name the next sample order and the next masks; they never reset. */
export interface Counters {
  epochs: number;
  steps: number;
}

/** Where predict's step record lies. */
const PREDICT_STEP: Region = { name: 'predict.step', bytes: STEP_SIZE, life: 'kept' };

const SHARED_STEP: Region = { name: 'predict.shared.step', bytes: STEP_SIZE, life: 'kept' };

export class NetworkCore {
  readonly map: ParameterMap;
  readonly memory: NetworkMemory;
  readonly prediction: Lowered;
  /** Columns of the output. */
  readonly units: number;
  #shared: Lowered | undefined;
  /** Texts of the user's that are saved with the network. */
  metadata: Metadata = Object.freeze({});
  /** What goes on between two calls of trainOnBatch. */
  optimizerState: OptimizerState | undefined;
  /** Threads of the fit that runs or ran last, and why there were not more. */
  threads: ThreadCount = { threads: 1 };
  /** Where the last fit is or was, for save({ trainingState: true }). */
  trainingState: (() => TrainingState) | undefined;

  constructor(
    readonly architecture: Architecture,
    readonly numerics: 'fast' | 'reproducible',
    readonly counters: Counters,
  ) {
    this.map = mapParameters(architecture);
    this.units = this.map.widths[this.map.widths.length - 1];
    const { parameters, statistics } = this.map;
    this.memory = new NetworkMemory(binaryFor(numerics), statistics ? [parameters, statistics] : [parameters]);
    this.prediction = lowerPrediction(architecture, this.map, PREDICT_ROWS);
  }

  get seed(): number {
    return this.architecture.seed;
  }

  /** The layers as they go into a file. */
  describeLayers(): Record<string, unknown>[] {
    return this.architecture.layers.map(describeLayer);
  }

  /** Takes over the seed and the counters of a run that goes on here. */
  reseed(seed: number, counters: Counters): void {
    this.architecture.seed = seed;
    this.counters.epochs = counters.epochs;
    this.counters.steps = counters.steps;
  }

  /** A base zone that can predict: the one that is there, or a new one. */
  base(): Plan {
    return this.memory.current() ?? this.layOut(this.prediction, { programs: [], extra: [] });
  }

  /** The base zone under `key`: prediction and what else is wanted. */
  layOut(key: unknown, more: Wanted): Plan {
    return this.memory.base(key, () => ({ programs: [this.prediction.program, ...more.programs], extra: [PREDICT_STEP, ...more.extra] }));
  }

  /** All numbers of a state region, in memory order. */
  state(region: Region): Float32Array {
    // A network of activations alone has a region of no bytes, which lies nowhere.
    return this.memory.stateOf(region.name) ?? new Float32Array(0);
  }

  /** Writes one tensor, given row-major. */
  write(slot: ParameterSlot, values: ArrayLike<number>, to = this.state(slot.region)): void {
    const at = slot.start / 4;
    if (slot.shape.length === 2) packKernel(values, slot.shape[0], slot.shape[1], to, at);
    else to.set(values, at);
  }

  /** A fresh copy of one tensor, row-major; `from` may mirror its region. */
  read(slot: ParameterSlot, from = this.state(slot.region)): Float32Array<ArrayBuffer> {
    const at = slot.start / 4;
    if (slot.shape.length === 2) return unpackKernel(from, at, slot.shape[0], slot.shape[1]);
    return from.slice(at, at + slot.shape[0]) as Float32Array<ArrayBuffer>;
  }

  /** Outputs for all rows, row-major. */
  predict(table: Table, scale: number | undefined): Float32Array<ArrayBuffer> {
    const { prediction, units } = this;
    const result = new Float32Array(table.rows * units);
    if (this.memory.runner && table.rows >= SHARED_ROWS) {
      this.#predictShared(table, scale, result);
      return result;
    }
    for (let first = 0; first < table.rows; first += PREDICT_ROWS) {
      const plan = this.base();
      const { engine } = this.memory;
      const step = plan.addresses.get(PREDICT_STEP) as number;
      const count = Math.min(PREDICT_ROWS, table.rows - first);
      if (first === 0) this.pointSource(plan, prediction, table.bytes, scale);
      this.stage(plan, prediction, table, first, count);
      engine.view.setUint32(step + STEP_ORDER, 0, true);
      engine.view.setInt32(step + STEP_ROWS, count, true);
      execute(engine, plan, prediction.program, step, 1);
      this.#readOutput(prediction, plan, count, result, first * units);
    }
    return result;
  }

  /** The same in larger pieces, which threads share. */
  #predictShared(table: Table, scale: number | undefined, result: Float32Array): void {
    const { memory, units } = this;
    this.#shared ??= lowerPrediction(this.architecture, this.map, SHARED_ROWS, this.threads.threads);
    const lowered = this.#shared;
    this.base();
    const plan = memory.guest(lowered, () => ({ programs: [lowered.program], extra: [SHARED_STEP] }));
    const { engine } = memory;
    const step = plan.addresses.get(SHARED_STEP) as number;
    this.pointSource(plan, lowered, table.bytes, scale);
    for (let first = 0; first < table.rows; first += SHARED_ROWS) {
      const count = Math.min(SHARED_ROWS, table.rows - first);
      this.stage(plan, lowered, table, first, count);
      engine.i32[(step + STEP_ROWS) / 4] = count;
      executeShared(memory, plan, lowered.program, step, 1);
      this.#readOutput(lowered, plan, count, result, first * units);
    }
  }

  /** The same for one row: it goes straight to where the first layer reads it. */
  predictRow(row: Numbers, scale: number): Float32Array<ArrayBuffer> {
    const plan = this.base();
    const { prediction, units } = this;
    const { engine } = this.memory;
    const step = plan.addresses.get(PREDICT_STEP) as number;
    const { f32 } = engine;
    const to = tensorAddress(plan, prediction.batchX) / 4;
    if (scale === 1) f32.set(row, to);
    else {
      const factor = Math.fround(scale);
      for (let i = 0; i < row.length; i++) f32[to + i] = Math.fround(row[i]) * factor;
    }
    engine.i32[(step + STEP_ROWS) / 4] = 1;
    execute(engine, plan, prediction.program, step, 1, 1);
    const from = tensorAddress(plan, prediction.output) / 4;
    const result = new Float32Array(units);
    for (let c = 0; c < units; c++) result[c] = f32[from + c];
    return result;
  }

  /** Tells a program's first op how the rows in its source look. */
  pointSource(plan: Plan, lowered: Lowered, bytes: boolean, scale: number | undefined): void {
    const { view } = this.memory.engine;
    const descriptor = plan.descriptors.get(lowered.sourceX) as number;
    view.setInt32(descriptor + TENSOR_DTYPE, bytes ? DTYPE_U8 : DTYPE_F32, true);
    view.setUint32(descriptor + TENSOR_STRIDE, this.architecture.inputs * (bytes ? 1 : 4), true);
    const op = plan.programs.get(lowered.program) as number;
    view.setInt32(op + OP_FLAGS, scale === undefined ? 0 : FLAG_SCALE, true);
    view.setFloat32(op + OP_SCALAR, scale ?? 1, true);
  }

  /** Copies rows of the data to the start of a program's source. */
  stage(plan: Plan, lowered: Lowered, table: Table, first: number, count: number): void {
    const { engine } = this.memory;
    const at = tensorAddress(plan, lowered.sourceX);
    if (table.bytes) copyRows(table, first, count, engine.u8, at);
    else copyRows(table, first, count, engine.f32, at / 4);
  }

  /** Copies targets and row weights, if there are any, to the start of their sources. */
  stageTargets(plan: Plan, { sourceY, sourceWeights }: Lowered, { y, weights }: TrainerData, first: number, count: number): void {
    const { engine } = this.memory;
    if (sourceY) {
      const at = tensorAddress(plan, sourceY) / 4;
      if ('labels' in y) engine.i32.set(y.labels.subarray(first, first + count), at);
      else copyRows(y.table, first, count, engine.f32, at);
    }
    if (weights && sourceWeights) engine.f32.set(weights.subarray(first, first + count), tensorAddress(plan, sourceWeights) / 4);
  }

  #readOutput({ output }: Lowered, plan: Plan, rows: number, to: Float32Array, at: number): void {
    const { f32 } = this.memory.engine;
    const from = tensorAddress(plan, output) / 4;
    const stride = output.stride / 4;
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < this.units; column++) to[at + row * this.units + column] = f32[from + row * stride + column];
    }
  }
}
