/**
 * What each kind of layer is compiled into, the way back beside the way there. Layers become stages first: a dense layer and
 * its activation are two. Knows no losses, no optimizers and no addresses.
 */
import * as abi from '../../assembly/abi.js';
import { type Activation, activationRow } from '../activations.js';
import type { Layer } from '../layers.js';
import { activationBackward, activationForward, type HostCall } from '../runtime/host.js';
import { inputScratch, panelCount, panelStride, roundUp, vectorBytes, weightsScratch } from './layout.js';
import type { Architecture, ParameterMap, ParameterSlot, SlotRole } from './parameters.js';
import { flatTensor, kernelTensor, type Op, type Region, rowsTensor, runTensor, scratchTensor, type Tensor } from './program.js';

/** Bytes of gradients in one tile: they stay in the nearest caches until they have been used for the update. */
const TILE_BYTES = 1 << 18;
/** Tiles of a layer for each thread, so that none waits long for another. */
const TILES_PER_THREAD = 4;

/** 'check' is training without noise. */
export type Mode = 'training' | 'inference' | 'check';

/** One step of the way: `layer` is the layer it came from. */
export type Stage = { readonly layer: number } & (
  | { readonly type: 'activation'; readonly activation: Activation }
  | { readonly type: 'dense' | 'dropout' | 'gaussianNoise' | 'layerNorm' | 'batchNorm' }
);

/** What a stage leaves behind for the way back. */
export interface Trace {
  readonly x: Tensor;
  readonly y: Tensor;
  /** Means and deviations, of norm stages. */
  readonly statistics?: Tensor;
}

/** Layers as stages; activations that do nothing are left out. */
export function stagesOf(layers: readonly Layer[]): Stage[] {
  return layers.flatMap((layer, index): Stage[] => {
    const stages: Stage[] = [];
    if (layer.type !== 'activation') stages.push({ type: layer.type, layer: index });
    if ('activation' in layer && layer.activation !== 'linear')
      stages.push({ type: 'activation', activation: layer.activation, layer: index });
    return stages;
  });
}

/** Collects the ops of one program. */
export class Lowering {
  readonly ops: Op[] = [];
  readonly stages: readonly Stage[];
  readonly #zeros: Region;

  constructor(
    readonly architecture: Architecture,
    readonly map: ParameterMap,
    readonly rows: number,
    readonly mode: Mode,
    /** Threads that share the program; with one there are no sections. */
    readonly threads = 1,
  ) {
    const stages = stagesOf(architecture.layers);
    this.stages = stages.filter(({ type }) => mode === 'training' || (type !== 'dropout' && type !== 'gaussianNoise'));
    this.#zeros = { name: 'zeros', bytes: vectorBytes(Math.max(...map.widths)), life: 'kept' };
  }

  emit(code: number, operands: readonly (Tensor | undefined)[], more: Partial<Op> = {}): void {
    this.ops.push({ code, operands, ...more });
  }

  /**
   * From here on threads share ops in another way (SECTION_). `open`: they do not meet at its end. `columns`: how many there
   * are to share.
   */
  section(kind: number, { open = false, columns = 0 } = {}): void {
    if (this.threads === 1) return;
    this.#endSection();
    this.emit(abi.OP_SECTION, [], { kind, flags: open ? abi.FLAG_OPEN : 0, panels: panelCount(columns) });
  }

  #endSection(): void {
    const { ops } = this;
    const index = ops.findLastIndex(({ code }) => code === abi.OP_SECTION);
    if (index < 0) return;
    const members = ops.length - index - 1;
    if (members) ops[index] = { ...ops[index], members };
    else ops.pop();
  }

  /** The ops of a whole program; threads meet at its end. */
  finish(): readonly Op[] {
    this.#endSection();
    const index = this.ops.findLastIndex(({ code }) => code === abi.OP_SECTION);
    if (index >= 0) this.ops[index] = { ...this.ops[index], flags: 0 };
    return this.ops;
  }

  /** What `emitAll` emits works on one layer's parameters: tile by tile, if it has several, or threads share it. */
  tiles(layer: number | undefined, emitAll: () => void): void {
    const { inputs, units } = layer === undefined ? { inputs: 0, units: 0 } : this.#denseShape(layer);
    const panels = Math.max(1, panelCount(units));
    // Even numbers of panels, because the wide binary works on two at once.
    const size = Math.max(2, 2 * Math.floor(TILE_BYTES / (2 * panelStride(inputs))));
    const fair = this.threads === 1 ? panels : roundUp(Math.ceil(panels / (TILES_PER_THREAD * this.threads)), 2);
    const tilePanels = Math.min(size, fair, panels);
    const grouped = this.threads > 1 || tilePanels < panels;
    const index = this.ops.length;
    if (grouped) this.emit(abi.OP_TILES, [], { panels, tilePanels });
    emitAll();
    if (!grouped) return;
    const members = this.ops.length - index - 1;
    if (members) this.ops[index] = { ...this.ops[index], members };
    else this.ops.pop();
  }

  /** Inputs and units of a dense layer; no units for another one. */
  #denseShape(layer: number): { inputs: number; units: number } {
    const { type } = this.architecture.layers[layer];
    return { inputs: this.map.widths[layer], units: type === 'dense' ? this.map.widths[layer + 1] : 0 };
  }

  /** All parameters of a layer in a region that mirrors them: of a dense one, `rows` panels `stride` bytes apart come first. */
  block(layer: number, region: Region): Tensor {
    const { start, bytes } = this.map.blocks[layer];
    const { inputs, units } = this.#denseShape(layer);
    const view = runTensor(`layers.${layer}.${region.name}`, region, start, bytes / 4, bytes);
    return units ? { ...view, rows: panelCount(units), stride: panelStride(inputs) } : { ...view, rows: 0 };
  }

  /** A call of a function of the user's own. */
  host(call: HostCall): void {
    this.emit(abi.OP_HOST, call.tensors, { host: call });
  }

  /** Brings rows of the data into the batch; `sourceRows` is how many the source has room for, at `size` bytes a number. */
  gather(name: string, columns: number, sourceRows: number, { labels = false, size = 4 } = {}): { source: Tensor; batch: Tensor } {
    const flat = labels || name === 'weights';
    const dtype = labels ? abi.DTYPE_I32 : abi.DTYPE_F32;
    const source = flat
      ? flatTensor(`source.${name}`, sourceRows, dtype, 4, 'kept')
      : { ...flatTensor(`source.${name}`, sourceRows * columns, dtype, size, 'kept'), rows: sourceRows, columns, stride: columns * size };
    const batch = flat ? flatTensor(`batch.${name}`, this.rows, dtype, 4) : rowsTensor(`batch.${name}`, this.rows, columns);
    this.emit(abi.OP_GATHER, [source, batch]);
    return { source, batch };
  }

  /** A slot of a layer as a tensor, in its own region or in one that mirrors it. */
  slot(layer: number, role: SlotRole, mirror?: Region): Tensor {
    const slot = this.map.blocks[layer].slots[role] as ParameterSlot;
    const { start, shape, bytes } = slot;
    const region = mirror ?? slot.region;
    const name = mirror ? `${slot.name}.gradient` : slot.name;
    return shape.length === 2 ? kernelTensor(name, region, start, shape[0], shape[1]) : runTensor(name, region, start, shape[0], bytes);
  }

  optionalSlot(layer: number, role: SlotRole, mirror?: Region): Tensor | undefined {
    return this.map.blocks[layer].slots[role] && this.slot(layer, role, mirror);
  }

  /** The bias of a dense layer, or zeros. */
  bias(layer: number): Tensor {
    return this.optionalSlot(layer, 'bias') ?? runTensor('zeros', this.#zeros, 0, this.#zeros.bytes / 4, this.#zeros.bytes);
  }

  #output(stage: Stage, columns: number): Tensor {
    return rowsTensor(`layers.${stage.layer}.${stage.type === 'activation' ? 'activation' : 'output'}`, this.rows, columns);
  }

  // ---- forward

  /** All `stages` forward. */
  forward(x: Tensor, stages: readonly Stage[]): Trace[] {
    const traces: Trace[] = [];
    let input = x;
    stages.forEach((stage, index) => {
      const trace = this.#forwardStage(stage, input, stages[index - 1], stages[index + 1]);
      traces.push(trace);
      input = trace.y;
    });
    return traces;
  }

  #forwardStage(stage: Stage, x: Tensor, before: Stage | undefined, after: Stage | undefined): Trace {
    const { layer } = stage;
    const { widths } = this.map;
    switch (stage.type) {
      case 'activation':
        return { x, y: this.#activate(stage, x, before) };
      case 'dense': {
        const y = this.#output(stage, widths[layer + 1]);
        const operands = [x, this.slot(layer, 'kernel'), this.bias(layer), y];
        this.emit(abi.OP_DENSE_FORWARD, operands, { flags: inDense(after) ? abi.FLAG_RELU : 0 });
        return { x, y };
      }
      case 'dropout':
      case 'gaussianNoise': {
        const y = this.#output(stage, widths[layer]);
        this.emit(abi.OP_NOISE_FORWARD, [x, y], this.#noise(layer));
        return { x, y };
      }
      case 'layerNorm': {
        const y = this.#output(stage, widths[layer]);
        const statistics = flatTensor(`layers.${layer}.statistics`, 2 * this.rows, abi.DTYPE_F32, 4);
        const { epsilon } = this.architecture.layers[layer] as Extract<Layer, { type: 'layerNorm' }>;
        const operands = [x, this.slot(layer, 'gamma'), this.slot(layer, 'beta'), y, statistics];
        this.emit(abi.OP_LAYER_NORM_FORWARD, operands, { scalar: epsilon });
        return { x, y, statistics };
      }
      case 'batchNorm':
        return this.#batchNorm(stage, x);
    }
  }

  /** Running mean and variance are neighbours: the tensor of the mean leads to both. */
  #batchNorm(stage: Stage, x: Tensor): Trace {
    const { layer } = stage;
    const y = this.#output(stage, this.map.widths[layer]);
    const { epsilon, momentum } = this.architecture.layers[layer] as Extract<Layer, { type: 'batchNorm' }>;
    const operands = [x, this.slot(layer, 'gamma'), this.slot(layer, 'beta'), y];
    const running = this.slot(layer, 'runningMean');
    if (this.mode === 'inference') {
      this.emit(abi.OP_BATCH_NORM_INFERENCE, [...operands, running], { scalar: epsilon });
      return { x, y };
    }
    const statistics = flatTensor(`layers.${layer}.statistics`, (2 * running.bytes) / 4, abi.DTYPE_F32, 4);
    this.section(abi.SECTION_COLUMNS, { columns: x.columns });
    this.emit(abi.OP_BATCH_NORM_FORWARD, [...operands, statistics, running], { scalar: epsilon, scalar2: momentum });
    this.section(abi.SECTION_ROWS);
    return { x, y, statistics };
  }

  /** The output of an activation stage. It overwrites its input where nobody looks at that again. */
  #activate(stage: Stage & { type: 'activation' }, x: Tensor, before: Stage | undefined): Tensor {
    const { activation } = stage;
    const own = typeof activation !== 'string';
    const needed = own || activationRow(activation).needsInput || !before || before.type === 'activation';
    if (before?.type === 'dense' && inDense(stage)) return x;
    const y = needed ? this.#output(stage, x.columns) : x;
    if (own) this.host({ run: activationForward(activation), tensors: [x, y] });
    else this.emit(abi.OP_ACTIVATION_FORWARD, [x, y], { kind: activationRow(activation).kind });
    return y;
  }

  /** The output of an activation of `x`, which stays as it is. */
  activationOf(stage: Stage, x: Tensor): Tensor {
    const y = rowsTensor('predicted', this.rows, x.columns);
    if (stage.type === 'activation' && typeof stage.activation === 'string') {
      this.emit(abi.OP_ACTIVATION_FORWARD, [x, y], { kind: activationRow(stage.activation).kind });
    }
    return y;
  }

  #noise(layer: number): Partial<Op> {
    const description = this.architecture.layers[layer];
    // The layer's place keeps two noise layers of one network apart.
    const seed = (this.architecture.seed ^ Math.imul(layer + 1, 0x9e3779b1)) >>> 0;
    if (description.type === 'dropout') return { kind: abi.NOISE_DROPOUT, scalar: description.rate, seed };
    return { kind: abi.NOISE_GAUSSIAN, scalar: (description as Extract<Layer, { type: 'gaussianNoise' }>).stddev, seed };
  }

  // ---- backward

  /** Whether any stage before `index` has parameters, so that a gradient must reach it. */
  #reaches(stages: readonly Stage[], index: number): boolean {
    return stages.slice(0, index).some(({ layer, type }) => type !== 'activation' && this.map.blocks[layer].bytes > 0);
  }

  /**
   * The gradients of all stages' outputs, from `dy`, that of the last. Norm stages write their parameters' gradients on the
   * way. Returns for each stage the gradient of its own output (dense ones need it for their weights).
   */
  backward(stages: readonly Stage[], traces: readonly Trace[], dy: Tensor, gradients: Region): (Tensor | undefined)[] {
    const deltas: (Tensor | undefined)[] = stages.map(() => undefined);
    let delta = dy;
    for (let index = stages.length - 1; index >= 0; index--) {
      deltas[index] = delta;
      const onward = this.#reaches(stages, index);
      const dx = this.#backwardStage(stages[index], traces[index], delta, onward, gradients);
      if (!onward) break;
      delta = dx;
    }
    return deltas;
  }

  #backwardStage(stage: Stage, { x, y, statistics }: Trace, dy: Tensor, onward: boolean, gradients: Region): Tensor {
    const { layer } = stage;
    const dx = (): Tensor => rowsTensor(`layers.${layer}.input.gradient`, this.rows, x.columns);
    switch (stage.type) {
      case 'activation': {
        const { activation } = stage;
        if (!onward) return dy;
        if (typeof activation !== 'string') this.host({ run: activationBackward(activation), tensors: [x, y, dy] });
        else this.emit(abi.OP_ACTIVATION_BACKWARD, [x, y, dy, dy], { kind: activationRow(activation).kind });
        return dy;
      }
      case 'dense': {
        if (!onward) return dy;
        const result = dx();
        const scratch = scratchTensor(`scratch.input.${layer}`, inputScratch(dy.columns), this.threads);
        this.emit(abi.OP_DENSE_BACKWARD_INPUT, [dy, this.slot(layer, 'kernel'), result, scratch]);
        return result;
      }
      case 'dropout':
      case 'gaussianNoise': {
        if (onward) this.emit(abi.OP_NOISE_BACKWARD, [dy, dy], this.#noise(layer));
        return dy;
      }
      case 'layerNorm': {
        if (!onward) return dy;
        const result = dx();
        this.emit(abi.OP_LAYER_NORM_BACKWARD, [x, this.slot(layer, 'gamma'), statistics, dy, result]);
        return result;
      }
      case 'batchNorm': {
        const result = onward ? dx() : undefined;
        const own = [this.slot(layer, 'gamma', gradients), this.slot(layer, 'beta', gradients)];
        this.section(abi.SECTION_COLUMNS, { columns: x.columns });
        this.emit(abi.OP_BATCH_NORM_BACKWARD, [x, this.slot(layer, 'gamma'), statistics, dy, result, ...own]);
        this.section(abi.SECTION_ROWS);
        return result ?? dy;
      }
    }
  }

  /** Whether a stage has parameters, and a gradient reaches it. */
  learns(index: number, dy: Tensor | undefined): dy is Tensor {
    const { type, layer } = this.stages[index];
    return type !== 'activation' && this.map.blocks[layer].bytes > 0 && dy !== undefined;
  }

  /** Gradients of a stage's weights, with its penalty. Batch norm has formed its own on the way back. */
  weights(index: number, { x, statistics }: Trace, dy: Tensor, gradients: Region): void {
    const { type, layer } = this.stages[index];
    if (type === 'layerNorm') {
      const own = [this.slot(layer, 'gamma', gradients), this.slot(layer, 'beta', gradients)];
      this.emit(abi.OP_LAYER_NORM_BACKWARD_WEIGHTS, [x, statistics, dy, ...own]);
    }
    if (type !== 'dense') return;
    const kernelGradient = this.slot(layer, 'kernel', gradients);
    const scratch = scratchTensor(`scratch.weights.${layer}`, weightsScratch(this.rows, x.columns), this.threads);
    this.emit(abi.OP_DENSE_BACKWARD_WEIGHTS, [x, dy, kernelGradient, this.optionalSlot(layer, 'bias', gradients), scratch]);
    const { kernelRegularizer } = this.architecture.layers[layer] as Extract<Layer, { type: 'dense' }>;
    if (kernelRegularizer) {
      const { l1, l2 } = kernelRegularizer;
      this.emit(abi.OP_PENALTY, [this.slot(layer, 'kernel'), kernelGradient], { scalar: l1, scalar2: l2 });
    }
  }

  /** The maximum norm of a layer that has one. */
  maxNorm(layer: number): void {
    const description = this.architecture.layers[layer];
    if (description.type === 'dense' && description.maxNorm !== undefined) {
      this.emit(abi.OP_MAX_NORM, [this.slot(layer, 'kernel')], { scalar: description.maxNorm });
    }
  }
}

/** Whether the dense kernel can apply a stage in its own pass. */
function inDense(stage: Stage | undefined): boolean {
  return stage?.type === 'activation' && typeof stage.activation === 'string' && Boolean(activationRow(stage.activation).inDense);
}
