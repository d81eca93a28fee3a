/**
 * Functions of the user's own, called between two pieces of a program: activations and losses, one number or one row at a
 * time, in JavaScript. Slower than the core by far, and documented as such. Knows the layout of rows, not of networks.
 */
import type { CustomActivation } from '../activations.js';
import type { Tensor } from '../compile/program.js';
import { GradletError } from '../errors.js';

/** A tensor of the running program, as numbers. */
export interface HostTensor {
  readonly f32: Float32Array;
  readonly i32: Int32Array;
  /** Index of the first element, and from row to row. */
  readonly at: number;
  readonly stride: number;
  readonly columns: number;
  readonly labels: boolean;
}

export type HostFunction = (rows: number, tensors: readonly (HostTensor | undefined)[]) => void;

/** A function and the tensors it works on. */
export interface HostCall {
  readonly run: HostFunction;
  readonly tensors: readonly (Tensor | undefined)[];
}

/** A loss of your own, one row at a time. */
export interface CustomLoss<Row = Float32Array> {
  /** What messages and files call it. */
  readonly name?: string;
  /** The loss of one row. */
  value(output: Row, target: Row): number;
  /** Writes the gradient with respect to the output into `into`; central differences if left out. */
  gradient?(output: Row, target: Row, into: Row): void;
}

/** Relative step of central differences in f64 of f32 inputs: near the cube root of the precision. */
const STEP = 1e-3;

function checkResult(what: string, result: unknown): number {
  if (typeof result !== 'number') throw new TypeError(`${what} returned ${typeof result}; expected a number`);
  return result;
}

function present(tensor: HostTensor | undefined): HostTensor {
  if (!tensor) throw new GradletError('ERR_RUNTIME', 'a host call lacks a tensor');
  return tensor;
}

/** y = value(x) for every element. */
export function activationForward({ value, name = 'custom' }: CustomActivation): HostFunction {
  return (rows, tensors) => {
    const x = present(tensors[0]);
    const y = present(tensors[1]);
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < x.columns; column++) {
        const result = value(x.f32[x.at + row * x.stride + column]);
        y.f32[y.at + row * y.stride + column] = checkResult(`activation '${name}': value`, result);
      }
    }
  };
}

/** dy = dy · derivative(x, y) for every element, in place. */
export function activationBackward({ value, derivative, name = 'custom' }: CustomActivation): HostFunction {
  const slope =
    derivative ??
    ((z: number): number => {
      const step = STEP * Math.max(1, Math.abs(z));
      return (value(z + step) - value(z - step)) / (2 * step);
    });
  return (rows, tensors) => {
    const [x, y, dy] = [present(tensors[0]), present(tensors[1]), present(tensors[2])];
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < x.columns; column++) {
        const result = slope(x.f32[x.at + row * x.stride + column], y.f32[y.at + row * y.stride + column]);
        dy.f32[dy.at + row * dy.stride + column] *= checkResult(`activation '${name}': derivative`, result);
      }
    }
  };
}

function copyRow(tensor: HostTensor, row: number, to: Float32Array): Float32Array {
  const from = tensor.at + row * tensor.stride;
  for (let column = 0; column < to.length; column++) to[column] = tensor.f32[from + column];
  return to;
}

/** Row losses, and the gradient of their mean where it is wanted. Tensors: output, target, weights, losses, gradient. */
export function lossHost(loss: CustomLoss): HostFunction {
  const name = loss.name ?? 'custom';
  const gradientOf = loss.gradient?.bind(loss) ?? differences(loss);
  return (rows, tensors) => {
    const [output, target, losses] = [present(tensors[0]), present(tensors[1]), present(tensors[3])];
    const weights = tensors[2];
    const gradient = tensors[4];
    const p = new Float32Array(output.columns);
    const t = new Float32Array(target.columns);
    const into = new Float32Array(output.columns);
    for (let row = 0; row < rows; row++) {
      copyRow(output, row, p);
      copyRow(target, row, t);
      const weight = weights ? weights.f32[weights.at + row] : 1;
      losses.f32[losses.at + row] = weight * checkResult(`loss '${name}': value`, loss.value(p, t));
      if (!gradient) continue;
      gradientOf(p, t, into.fill(0));
      const at = gradient.at + row * gradient.stride;
      gradient.f32.fill(0, at, at + gradient.stride);
      for (let column = 0; column < into.length; column++) gradient.f32[at + column] = (into[column] * weight) / rows;
    }
  };
}

/** The gradient by central differences, the step near the cube root of f32's precision. */
function differences(loss: CustomLoss): NonNullable<CustomLoss['gradient']> {
  return (output, target, into) => {
    for (let column = 0; column < output.length; column++) {
      const here = output[column];
      const step = STEP * Math.max(1, Math.abs(here));
      output[column] = here + step;
      const above = output[column];
      const right = loss.value(output, target);
      output[column] = here - step;
      const left = loss.value(output, target);
      into[column] = (right - left) / (above - output[column]);
      output[column] = here;
    }
  };
}
