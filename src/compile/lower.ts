/**
 * Lowers a network to programs: which ops, in which order, on which tensors. Derivatives and fusion are decided here and
 * nowhere else. Knows no addresses and no data.
 */
import {
  DTYPE_F32,
  DTYPE_F64,
  DTYPE_I32,
  FLAG_FUSED,
  FLAG_RELU,
  OP_ACTIVATION_BACKWARD,
  OP_ACTIVATION_FORWARD,
  OP_BARRIER,
  OP_DENSE_BACKWARD_INPUT,
  OP_DENSE_BACKWARD_WEIGHTS,
  OP_DENSE_FORWARD,
  OP_GATHER,
  OP_LOSS,
  OP_LOSS_SUM,
  OP_METRIC,
  OP_UPDATE,
  PANEL_ROW_BYTES,
} from '../../assembly/abi.js';
import { activationRow } from '../activations.js';
import type { LossRow } from '../training/losses.js';
import type { MetricRow } from '../training/metrics.js';
import type { OptimizerForm } from '../training/optimizers.js';
import { vectorBytes } from './layout.js';
import { type Architecture, outputColumns, type ParameterMap } from './parameters.js';
import { flatTensor, kernelTensor, type Op, type Program, type Region, rowsTensor, runTensor, type Tensor } from './program.js';

/** Bytes that the input product uses for its transposed sums (2 x 4 vectors). */
const INPUT_SCRATCH = 128;

/** A program and the tensors that TypeScript fills or reads. */
export interface Lowered {
  readonly program: Program;
  /** Rows of the data as they are, and where the core puts the batch. */
  readonly sourceX: Tensor;
  readonly batchX: Tensor;
  readonly output: Tensor;
  readonly sourceY?: Tensor;
  /** One for each metric asked for, in that order. */
  readonly accumulators: readonly Tensor[];
}

/** A training program, and what is left behind for whoever looks for a mistake. */
export interface LoweredTraining extends Lowered {
  readonly sourceY: Tensor;
  /** State that the optimizer keeps, in its order. */
  readonly moments: readonly Region[];
  /** The output of each layer. */
  readonly outputs: readonly Tensor[];
  /** Mirrors the parameters. */
  readonly gradients: Region;
}

export interface EvaluationSpec {
  readonly rows: number;
  readonly loss: LossRow;
  readonly metrics: readonly MetricRow[];
}

export interface TrainingSpec extends EvaluationSpec {
  readonly optimizer: OptimizerForm;
  /** Rows of data that memory has room for at a time. */
  readonly sourceRows: number;
}

/** The region that holds all parameters, whichever plan it is part of. */
export function parameterRegion(map: ParameterMap): Region {
  return { name: 'parameters', bytes: map.bytes, life: 'state' };
}

/** What a layer leaves behind for the way back. */
interface Trace {
  readonly input: Tensor;
  readonly output: Tensor;
}

class Lowering {
  readonly ops: Op[] = [];
  readonly #kernels: Tensor[];
  readonly #biases: Tensor[];

  constructor(
    readonly architecture: Architecture,
    readonly map: ParameterMap,
    readonly parameters: Region,
    readonly rows: number,
  ) {
    this.#kernels = this.kernels(parameters, '');
    const none = Math.max(...architecture.layers.map(({ units }) => units));
    const zeros: Region = { name: 'zeros', bytes: vectorBytes(none), life: 'kept' };
    this.#biases = this.biases(parameters, '').map((bias) => bias ?? runTensor('zeros', zeros, 0, none, zeros.bytes));
  }

  /** The kernels of all layers in `region`, which mirrors the parameters. */
  kernels(region: Region, suffix: string): Tensor[] {
    return this.map.blocks.map(({ kernel }) =>
      kernelTensor(`${kernel.name}${suffix}`, region, kernel.start, kernel.shape[0], kernel.shape[1]),
    );
  }

  /** The biases of all layers in `region`; undefined for a layer without. */
  biases(region: Region, suffix: string): (Tensor | undefined)[] {
    return this.map.blocks.map(
      ({ bias }) => bias && runTensor(`${bias.name}${suffix}`, region, bias.start, bias.shape[0], vectorBytes(bias.shape[0])),
    );
  }

  emit(code: number, operands: readonly (Tensor | undefined)[], more: Partial<Op> = {}): void {
    this.ops.push({ code, operands, ...more });
  }

  /** Brings rows of the data into the batch; `rows` is how many the source has room for. */
  gather(name: string, columns: number, rows: number, labels = false): { source: Tensor; batch: Tensor } {
    const source = labels
      ? flatTensor(`source.${name}`, rows, DTYPE_I32, 4, 'kept')
      : { ...flatTensor(`source.${name}`, rows * columns, DTYPE_F32, 4, 'kept'), rows, columns, stride: columns * 4 };
    const batch = labels ? flatTensor(`batch.${name}`, this.rows, DTYPE_I32, 4) : rowsTensor(`batch.${name}`, this.rows, columns);
    this.emit(OP_GATHER, [source, batch]);
    return { source, batch };
  }

  /** All layers forward. With `toLogits` the last activation is left out, for a loss that takes its input. */
  forward(x: Tensor, toLogits: boolean): Trace[] {
    const { layers } = this.architecture;
    let input = x;
    return layers.map((layer, index) => {
      const output = rowsTensor(`layers.${index}.output`, this.rows, layer.units);
      const activation = activationRow(layer.activation);
      this.emit(OP_DENSE_FORWARD, [input, this.#kernels[index], this.#biases[index], output], {
        flags: activation.inDense ? FLAG_RELU : 0,
      });
      const skip = activation.kind === 0 || activation.inDense || (toLogits && index === layers.length - 1);
      if (!skip) this.emit(OP_ACTIVATION_FORWARD, [output, output], { kind: activation.kind });
      const trace = { input, output };
      input = output;
      return trace;
    });
  }

  /**
   * Loss and metrics of the last layer's output. With `gradient`, also the gradient of the mean loss with respect to that
   * output (fused: to the input of the last activation).
   */
  loss({ loss, metrics }: EvaluationSpec, output: Tensor, target: Tensor, fused: boolean, gradient?: Tensor): Tensor[] {
    const rowLosses = flatTensor('losses', this.rows, DTYPE_F32, 4);
    const spare = rowsTensor('spare', 1, output.columns);
    this.emit(OP_LOSS, [output, target, undefined, rowLosses, gradient, spare], { kind: loss.kind, flags: fused ? FLAG_FUSED : 0 });
    this.emit(OP_LOSS_SUM, [rowLosses]);
    let predicted = output;
    if (fused && metrics.length) {
      predicted = rowsTensor('predicted', this.rows, output.columns);
      this.emit(OP_ACTIVATION_FORWARD, [output, predicted], { kind: this.#lastActivation().kind });
    }
    return metrics.map((metric, index) => {
      const sums = flatTensor(`metrics.${index}`, metric.sums(output.columns), DTYPE_F64, 8, 'kept');
      this.emit(OP_METRIC, [predicted, target, sums], { kind: metric.kind });
      return sums;
    });
  }

  /** Gradients of all parameters from `dy`, the gradient of the last output, and their updates. */
  backward(traces: readonly Trace[], dy: Tensor, fused: boolean, optimizer: OptimizerForm): Pick<LoweredTraining, 'moments' | 'gradients'> {
    const { layers } = this.architecture;
    const deltas: Tensor[] = [];
    let delta = dy;
    for (let index = layers.length - 1; index >= 0; index--) {
      const { input, output } = traces[index];
      const { kind } = activationRow(layers[index].activation);
      if (kind !== 0 && !(fused && index === layers.length - 1)) {
        this.emit(OP_ACTIVATION_BACKWARD, [output, output, delta, delta], { kind });
      }
      deltas[index] = delta;
      if (index === 0) break;
      delta = rowsTensor(`layers.${index - 1}.gradient`, this.rows, input.columns);
      const scratch = flatTensor(`scratch.input.${index}`, INPUT_SCRATCH, DTYPE_F32, 1);
      this.emit(OP_DENSE_BACKWARD_INPUT, [deltas[index], this.#kernels[index], delta, scratch]);
    }
    this.emit(OP_BARRIER, []);
    const state = this.#update(traces, deltas, optimizer);
    this.emit(OP_BARRIER, []);
    return state;
  }

  /** For each layer its weights' gradient, then their update. */
  #update(traces: readonly Trace[], deltas: readonly Tensor[], optimizer: OptimizerForm): Pick<LoweredTraining, 'moments' | 'gradients'> {
    const mirror = (name: string, life: Region['life']): Region => ({ name, bytes: this.map.bytes, life });
    const gradients = mirror('gradients', 'kept');
    const moments = Array.from({ length: optimizer.moments }, (_, index) => mirror(`moments.${index}`, 'state'));
    const dKernels = this.kernels(gradients, '.gradient');
    const dBiases = this.biases(gradients, '.gradient');
    for (let index = traces.length - 1; index >= 0; index--) {
      const scratch = flatTensor(`scratch.weights.${index}`, this.rows * PANEL_ROW_BYTES, DTYPE_F32, 1);
      this.emit(OP_DENSE_BACKWARD_WEIGHTS, [traces[index].input, deltas[index], dKernels[index], dBiases[index], scratch]);
      const { start, bytes } = this.map.blocks[index];
      const block = (region: Region): Tensor => runTensor(`layers.${index}.${region.name}`, region, start, bytes / 4, bytes);
      this.emit(OP_UPDATE, [this.parameters, gradients, ...moments].map(block), { kind: optimizer.kind, flags: optimizer.flags });
    }
    return { moments, gradients };
  }

  #lastActivation(): { kind: number } {
    const { layers } = this.architecture;
    return activationRow(layers[layers.length - 1].activation);
  }
}

/** Whether the loss takes the input of the last activation instead of its output. */
function fuses({ layers }: Architecture, loss: LossRow): boolean {
  return loss.fusesWith === layers[layers.length - 1].activation;
}

/** Data in, outputs out. */
export function lowerPrediction(architecture: Architecture, map: ParameterMap, parameters: Region, rows: number): Lowered {
  const lowering = new Lowering(architecture, map, parameters, rows);
  const { source, batch } = lowering.gather('x', architecture.inputs, rows);
  const output = lowering.forward(batch, false)[architecture.layers.length - 1].output;
  const program = { name: 'predict', ops: lowering.ops, results: [output] };
  return { program, sourceX: source, batchX: batch, output, accumulators: [] };
}

/** Data in, loss and metrics out. */
export function lowerEvaluation(architecture: Architecture, map: ParameterMap, parameters: Region, spec: EvaluationSpec): Lowered {
  const lowering = new Lowering(architecture, map, parameters, spec.rows);
  const x = lowering.gather('x', architecture.inputs, spec.rows);
  const y = lowering.gather('y', outputColumns(architecture), spec.rows, spec.loss.targets === 'labels');
  const fused = fuses(architecture, spec.loss);
  const { output } = lowering.forward(x.batch, fused)[architecture.layers.length - 1];
  const accumulators = lowering.loss(spec, output, y.batch, fused);
  const program = { name: 'evaluate', ops: lowering.ops, results: accumulators };
  return { program, sourceX: x.source, batchX: x.batch, sourceY: y.source, output, accumulators };
}

/** One step of training: data in, parameters updated, loss and metrics out. */
export function lowerTraining(architecture: Architecture, map: ParameterMap, parameters: Region, spec: TrainingSpec): LoweredTraining {
  const lowering = new Lowering(architecture, map, parameters, spec.rows);
  const x = lowering.gather('x', architecture.inputs, spec.sourceRows);
  const y = lowering.gather('y', outputColumns(architecture), spec.sourceRows, spec.loss.targets === 'labels');
  const fused = fuses(architecture, spec.loss);
  const traces = lowering.forward(x.batch, fused);
  const { output } = traces[traces.length - 1];
  const dy = rowsTensor(`layers.${traces.length - 1}.gradient`, spec.rows, output.columns);
  const accumulators = lowering.loss(spec, output, y.batch, fused, dy);
  const state = lowering.backward(traces, dy, fused, spec.optimizer);
  const program = { name: 'train', ops: lowering.ops, results: accumulators };
  return {
    program,
    sourceX: x.source,
    batchX: x.batch,
    sourceY: y.source,
    output,
    accumulators,
    outputs: traces.map((trace) => trace.output),
    ...state,
  };
}
