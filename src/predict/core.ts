/**
 * What a network of gradlet/predict consists of: its parameters in an ordinary array, and a program of prediction written
 * straight into the form of assembly/abi.ts, with none of what training needs. Same ops and kernels as everywhere, hence the
 * same bits. Knows no files.
 *
 * Memory, from MEMORY_BASE on: step record, ops, descriptors; parameters and running statistics; a row of zeros for layers
 * without bias; rows as they come; statistics of a row; two buffers by turns for the rows between layers.
 */
import * as abi from '../../assembly/abi.js';
import { type Activation, activationRow } from '../activations.js';
import { packKernel, roundUp, rowStride, vectorBytes } from '../compile/layout.js';
import { type Architecture, mapParameters, type ParameterMap, type ParameterSlot, type SlotRole } from '../compile/parameters.js';
import { copyRows, type Numbers, type Table } from '../data/samples.js';
import type { Metadata } from '../format/metadata.js';
import { checkBytes, type Engine } from '../runtime/engine.js';
import { activationForward } from '../runtime/host.js';
import type { BinaryName } from '../runtime/module.js';
import { lease, touch } from '../runtime/pool.js';

/** Rows predicted at a time. */
const ROWS = 64;
/** Ops of a layer, at most: itself and its activation. */
const LAYER_OPS = 2;
/** Descriptors of a layer, at most: four parameters, a result. */
const LAYER_TENSORS = 5;

/** An activation of the user's own, after the op at `place`. */
interface HostStep {
  readonly place: number;
  readonly run: (engine: Engine, rows: number) => void;
}

export class PredictionCore {
  /** One binary is half of the weight, and gives the same bits everywhere. */
  readonly binary: BinaryName = 'strict';
  readonly busy = false;
  readonly counters = { epochs: 0, steps: 0 };
  metadata: Metadata = {};
  readonly map: ParameterMap;
  /** Columns of the output. */
  readonly units: number;
  /** Parameters, then running statistics, as they lie in memory. */
  readonly #state: Float32Array;
  /** Everything before the parameters. */
  readonly #image: DataView;
  readonly #hosts: HostStep[] = [];
  #stateAt = 0;
  #source = 0;
  #sourceTensor = 0;
  #batch = 0;
  #output = 0;
  #end = 0;
  #ops: number;
  #tensors: number;
  #engine: Engine | undefined;

  constructor(
    readonly architecture: Architecture,
    readonly numerics: 'fast' | 'reproducible',
  ) {
    this.map = mapParameters(architecture);
    const { parameters, statistics, widths } = this.map;
    this.units = widths[widths.length - 1];
    const bytes = parameters.bytes + (statistics?.bytes ?? 0);
    checkBytes(bytes);
    this.#state = new Float32Array(bytes / 4);
    const { length } = architecture.layers;
    this.#ops = abi.STEP_SIZE;
    // The program begins with bringing the rows in, and ends.
    this.#tensors = this.#ops + (length * LAYER_OPS + 2) * abi.OP_SIZE;
    this.#image = new DataView(
      new ArrayBuffer(roundUp(this.#tensors + (length * LAYER_TENSORS + 4) * abi.TENSOR_SIZE, abi.REGION_ALIGNMENT)),
    );
    this.#compile();
  }

  /** A view of a region of the parameter map. */
  state({ name, bytes }: { readonly name: string; readonly bytes: number }): Float32Array {
    const at = name === this.map.parameters.name ? 0 : this.map.parameters.bytes / 4;
    return this.#state.subarray(at, at + bytes / 4);
  }

  /** Takes over one tensor, given row-major; before the first prediction. */
  write({ region, start, shape }: ParameterSlot, values: ArrayLike<number>): void {
    const to = this.state(region);
    if (shape.length === 2) packKernel(values, shape[0], shape[1], to, start / 4);
    else to.set(values, start / 4);
  }

  /** Gives the engine back; called by the pool alone. */
  moveOut(): void {
    this.#engine = undefined;
  }

  /** Outputs for all rows, row-major. */
  predict(table: Table, scale: number | undefined): Float32Array<ArrayBuffer> {
    const { units } = this;
    const { view, f32, u8 } = this.#enter();
    const descriptor = abi.MEMORY_BASE + this.#sourceTensor;
    view.setInt32(descriptor + abi.TENSOR_DTYPE, table.bytes ? abi.DTYPE_U8 : abi.DTYPE_F32, true);
    view.setUint32(descriptor + abi.TENSOR_STRIDE, table.columns * (table.bytes ? 1 : 4), true);
    const gather = abi.MEMORY_BASE + abi.STEP_SIZE;
    view.setInt32(gather + abi.OP_FLAGS, scale === undefined ? 0 : abi.FLAG_SCALE, true);
    view.setFloat32(gather + abi.OP_SCALAR, scale ?? 1, true);
    const result = new Float32Array(table.rows * units);
    const stride = rowStride(units) / 4;
    for (let first = 0; first < table.rows; first += ROWS) {
      const count = Math.min(ROWS, table.rows - first);
      if (table.bytes) copyRows(table, first, count, u8, this.#source);
      else copyRows(table, first, count, f32, this.#source / 4);
      this.#run(count, 0);
      for (let i = 0; i < count * units; i++)
        result[first * units + i] = f32[this.#output / 4 + Math.floor(i / units) * stride + (i % units)];
    }
    return result;
  }

  /** The same for one row: it goes straight to where the first layer reads it. */
  predictRow(row: Numbers, scale: number): Float32Array<ArrayBuffer> {
    const { f32 } = this.#enter();
    const to = this.#batch / 4;
    const factor = Math.fround(scale);
    if (scale === 1) f32.set(row, to);
    else for (let i = 0; i < row.length; i++) f32[to + i] = Math.fround(row[i]) * factor;
    this.#run(1, 1);
    const from = this.#output / 4;
    return new Float32Array(f32.slice(from, from + this.units));
  }

  /** The engine that holds this network: the one it has, or a new one. */
  #enter(): Engine {
    let engine = this.#engine;
    if (engine) touch(engine);
    else {
      engine = lease(this, this.binary, this.#end);
      engine.u8.set(new Uint8Array(this.#image.buffer), abi.MEMORY_BASE);
      engine.f32.set(this.#state, this.#stateAt / 4);
      engine.u8.fill(0, this.#stateAt + this.#state.byteLength, this.#end);
      this.#engine = engine;
    }
    return engine;
  }

  /** Runs the program from op `first` on, and the functions of the user's own in between. */
  #run(rows: number, first: number): void {
    const engine = this.#engine as Engine;
    const start = abi.MEMORY_BASE + abi.STEP_SIZE;
    engine.i32[(abi.MEMORY_BASE + abi.STEP_ROWS) / 4] = rows;
    let from = first;
    for (const { place, run } of this.#hosts) {
      engine.core.run(start + from * abi.OP_SIZE, abi.MEMORY_BASE, 1);
      run(engine, rows);
      from = place + 1;
    }
    engine.core.run(start + from * abi.OP_SIZE, abi.MEMORY_BASE, 1);
  }

  // ---- the program

  /** Writes a descriptor; returns its offset. */
  #tensor(address: number, rows: number, columns: number, stride: number): number {
    const at = this.#tensors;
    this.#image.setUint32(at + abi.TENSOR_DATA, address, true);
    this.#image.setInt32(at + abi.TENSOR_ROWS, rows, true);
    this.#image.setInt32(at + abi.TENSOR_COLUMNS, columns, true);
    this.#image.setUint32(at + abi.TENSOR_STRIDE, stride, true);
    this.#tensors += abi.TENSOR_SIZE;
    return at;
  }

  #op(code: number, operands: readonly number[], kind = 0, scalar = 0, flags = 0): void {
    const at = this.#ops;
    this.#image.setInt32(at + abi.OP_CODE, code, true);
    this.#image.setInt32(at + abi.OP_KIND, kind, true);
    this.#image.setInt32(at + abi.OP_FLAGS, flags, true);
    this.#image.setFloat32(at + abi.OP_SCALAR, scalar, true);
    operands.forEach((tensor, place) => {
      this.#image.setUint32(at + abi.OP_A + 4 * place, abi.MEMORY_BASE + tensor, true);
    });
    this.#ops += abi.OP_SIZE;
  }

  #compile(): void {
    const { widths, blocks } = this.map;
    let end = abi.MEMORY_BASE;
    const take = (bytes: number): number => {
      const at = end;
      end = roundUp(end + bytes, abi.REGION_ALIGNMENT);
      return at;
    };
    take(this.#image.byteLength);
    this.#stateAt = take(this.#state.byteLength);
    const widest = Math.max(...widths);
    const zeros = take(vectorBytes(widest));
    this.#source = take(ROWS * widths[0] * 4);
    const statistics = this.#tensor(take(2 * ROWS * 4), 1, 1, 4);
    const buffers = [take(ROWS * rowStride(widest)), take(ROWS * rowStride(widest))];
    this.#batch = buffers[0];
    this.#end = end;

    const none = this.#tensor(zeros, 1, 1, 4);
    const slot = (layer: number, role: SlotRole): number => {
      const found = blocks[layer].slots[role];
      if (!found) return none;
      const region = found.region === this.map.parameters ? 0 : this.map.parameters.bytes;
      const [rows, columns] = found.shape;
      const panel = found.bytes / Math.ceil((columns ?? 8) / 8);
      return this.#tensor(this.#stateAt + region + found.start, rows, columns ?? rows, panel);
    };
    let turn = 0;
    const rowsOf = (columns: number): number => this.#tensor(buffers[turn], ROWS, columns, rowStride(columns));
    let x = rowsOf(widths[0]);
    this.#sourceTensor = this.#tensor(this.#source, ROWS, widths[0], 0);
    this.#op(abi.OP_GATHER, [this.#sourceTensor, x]);
    this.architecture.layers.forEach((layer, index) => {
      const into = (): number => {
        turn = 1 - turn;
        return rowsOf(widths[index + 1]);
      };
      switch (layer.type) {
        case 'dense': {
          const relu = layer.activation === 'relu';
          const operands = [x, slot(index, 'kernel'), slot(index, 'bias')];
          x = into();
          this.#op(abi.OP_DENSE_FORWARD, [...operands, x], 0, 0, relu ? abi.FLAG_RELU : 0);
          if (!relu) this.#activate(layer.activation, x, buffers[turn], widths[index + 1]);
          break;
        }
        case 'activation':
          this.#activate(layer.activation, x, buffers[turn], widths[index + 1]);
          break;
        case 'layerNorm': {
          const operands = [x, slot(index, 'gamma'), slot(index, 'beta')];
          x = into();
          this.#op(abi.OP_LAYER_NORM_FORWARD, [...operands, x, statistics], 0, layer.epsilon);
          break;
        }
        case 'batchNorm': {
          // Mean and variance are neighbours: the tensor of the mean leads to both.
          const operands = [x, slot(index, 'gamma'), slot(index, 'beta')];
          const running = slot(index, 'runningMean');
          x = into();
          this.#op(abi.OP_BATCH_NORM_INFERENCE, [...operands, x, running], 0, layer.epsilon);
        }
      }
    });
    this.#output = buffers[turn];
  }

  /** An activation in place. */
  #activate(activation: Activation, tensor: number, address: number, columns: number): void {
    if (activation === 'linear') return;
    if (typeof activation === 'string') {
      this.#op(abi.OP_ACTIVATION_FORWARD, [tensor, tensor], activationRow(activation).kind);
      return;
    }
    const run = activationForward(activation);
    const place = (this.#ops - abi.STEP_SIZE) / abi.OP_SIZE;
    const stride = rowStride(columns) / 4;
    this.#hosts.push({
      place,
      run: ({ f32, i32 }, rows) => {
        const rowsHere = { f32, i32, at: address / 4, stride, columns, labels: false };
        run(rows, [rowsHere, rowsHere]);
      },
    });
    this.#op(abi.OP_HOST, []);
  }
}
