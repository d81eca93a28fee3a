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
  OP_SIZE,
  STEP_ORDER,
  STEP_ROWS,
  STEP_SIZE,
  TENSOR_DTYPE,
  TENSOR_STRIDE,
} from '../assembly/abi.js';
import { packKernel, unpackKernel } from './compile/layout.js';
import { type Lowered, lowerPrediction, parameterRegion } from './compile/lower.js';
import { type Architecture, mapParameters, outputColumns, type ParameterMap, type ParameterSlot } from './compile/parameters.js';
import { type Plan, tensorAddress } from './compile/plan.js';
import type { Region } from './compile/program.js';
import { copyRows, type Numbers, type Table } from './data/samples.js';
import { NetworkMemory, type Wanted } from './runtime/memory.js';
import { binaryFor } from './runtime/module.js';
import type { OptimizerState } from './training/trainer.js';

/** Rows predicted at a time. */
const PREDICT_ROWS = 64;

/** Numbers that name the next sample order and the next masks; they never reset. */
export interface Counters {
  epochs: number;
  steps: number;
}

/** Where predict's step record lies. */
const PREDICT_STEP: Region = { name: 'predict.step', bytes: STEP_SIZE, life: 'kept' };

export class NetworkCore {
  readonly map: ParameterMap;
  readonly memory: NetworkMemory;
  readonly prediction: Lowered;
  readonly units: number;
  /** What goes on between two calls of trainOnBatch. */
  optimizerState: OptimizerState | undefined;

  constructor(
    readonly architecture: Architecture,
    readonly numerics: 'fast' | 'reproducible',
    readonly seed: number,
    readonly counters: Counters,
  ) {
    this.map = mapParameters(architecture);
    this.units = outputColumns(architecture);
    const region = parameterRegion(this.map);
    this.memory = new NetworkMemory(binaryFor(numerics), region, new Float32Array(region.bytes / 4));
    this.prediction = lowerPrediction(architecture, this.map, region, PREDICT_ROWS);
  }

  /** A base zone that can predict: the one that is there, or a new one. */
  base(): Plan {
    return this.memory.current() ?? this.layOut(this.prediction, { programs: [], extra: [] });
  }

  /** The base zone under `key`: prediction and what else is wanted. */
  layOut(key: unknown, more: Wanted): Plan {
    return this.memory.base(key, () => ({ programs: [this.prediction.program, ...more.programs], extra: [PREDICT_STEP, ...more.extra] }));
  }

  /** Writes one parameter tensor, given row-major. */
  write(slot: ParameterSlot, values: ArrayLike<number>): void {
    const image = this.memory.image();
    const at = slot.start / 4;
    if (slot.form === 'kernel') packKernel(values, slot.shape[0], slot.shape[1], image, at);
    else image.set(values, at);
  }

  /** A fresh copy of one parameter tensor, row-major. */
  read(slot: ParameterSlot): Float32Array {
    const image = this.memory.image();
    const at = slot.start / 4;
    if (slot.form === 'kernel') return unpackKernel(image, at, slot.shape[0], slot.shape[1]);
    return image.slice(at, at + slot.shape[0]);
  }

  /** Outputs for all rows, row-major. */
  predict(table: Table, scale: number | undefined): Float32Array {
    const plan = this.base();
    const { prediction, units } = this;
    const { engine } = this.memory;
    const step = plan.addresses.get(PREDICT_STEP) as number;
    const program = plan.programs.get(prediction.program) as number;
    const result = new Float32Array(table.rows * units);
    this.pointSource(plan, prediction, table.bytes, scale);
    engine.view.setUint32(step + STEP_ORDER, 0, true);
    for (let first = 0; first < table.rows; first += PREDICT_ROWS) {
      const count = Math.min(PREDICT_ROWS, table.rows - first);
      this.stage(plan, prediction, table, first, count);
      engine.view.setInt32(step + STEP_ROWS, count, true);
      engine.core.run(program, step, 1);
      this.#readOutput(plan, count, result, first * units);
    }
    return result;
  }

  /** The same for one row: it goes straight to where the first layer reads it. */
  predictRow(row: Numbers, scale: number): Float32Array {
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
    engine.core.run((plan.programs.get(prediction.program) as number) + OP_SIZE, step, 1);
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

  #readOutput(plan: Plan, rows: number, to: Float32Array, at: number): void {
    const { f32 } = this.memory.engine;
    const { output } = this.prediction;
    const from = tensorAddress(plan, output) / 4;
    const stride = output.stride / 4;
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < this.units; column++) to[at + row * this.units + column] = f32[from + row * stride + column];
    }
  }
}
