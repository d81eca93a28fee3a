/** The three matrix products of a dense layer: plain shapes, and odd ones beside what they are padded to. Knows no networks. */
import { DTYPE_F32, OP_DENSE_BACKWARD_INPUT, OP_DENSE_BACKWARD_WEIGHTS, OP_DENSE_FORWARD } from '../assembly/abi.js';
import { inputScratch, panelCount, panelStride, roundUp, vectorBytes, weightsScratch } from '../src/compile/layout.js';
import { flatTensor, kernelTensor, type Op, rowsTensor, runTensor } from '../src/compile/program.js';
import type { BinaryName } from '../src/runtime/module.js';
import { limitTask } from './limit.js';
import { measure, type Table, type Task } from './measure.js';
import { opTask } from './op.js';
import { ODD_PRODUCTS, PRODUCTS, type Product } from './shapes.js';

const KINDS = ['forward', 'dW', 'dX'] as const;
type Kind = (typeof KINDS)[number];

function productOp(kind: Kind, [rows, inputs, units]: Product): Op {
  const kept = 'kept' as const;
  const region = (name: string, bytes: number): { name: string; bytes: number; life: typeof kept } => ({ name, bytes, life: kept });
  const kernel = kernelTensor('w', region('w', panelStride(inputs) * panelCount(units)), 0, inputs, units);
  const bias = runTensor('b', region('b', vectorBytes(units)), 0, units, vectorBytes(units));
  const x = rowsTensor('x', rows, inputs, kept);
  const y = rowsTensor('y', rows, units, kept);
  const scratch = flatTensor('scratch', Math.max(weightsScratch(rows, inputs), inputScratch(units)), DTYPE_F32, 1, kept);
  if (kind === 'forward') return { code: OP_DENSE_FORWARD, operands: [x, kernel, bias, y] };
  if (kind === 'dW') return { code: OP_DENSE_BACKWARD_WEIGHTS, operands: [x, y, kernel, bias, scratch] };
  return { code: OP_DENSE_BACKWARD_INPUT, operands: [y, kernel, x, scratch] };
}

function productTask(binary: BinaryName, kind: Kind, shape: Product, against?: string): Task {
  const [rows, inputs, units] = shape;
  const flops = 2 * rows * inputs * units;
  const name = `${kind} ${shape.join('x')}`;
  return opTask({ binary, name, op: productOp(kind, shape), rows, unit: 'call', units: 1, flops, against });
}

/** The products of one binary against its limit. */
export async function productTable(binary: BinaryName): Promise<Table> {
  const tasks = PRODUCTS.flatMap((shape) => KINDS.map((kind) => productTask(binary, kind, shape)));
  return { title: `Matrix products, rows x inputs x units (${binary} SIMD)`, lines: await measure(limitTask(binary), tasks) };
}

/** Inputs and units as memory holds them, in eights; rows as many as before, but no odd rest of a tile, except a single one. */
function padded([rows, inputs, units]: Product): Product {
  return [rows === 1 ? 1 : roundUp(rows, 4), roundUp(inputs, 8), roundUp(units, 8)];
}

/** Odd shapes compared with the next shape without a remainder: a ratio of 1 says that padding explains all that is lost. */
export async function oddTable(binary: BinaryName): Promise<Table> {
  const tasks = ODD_PRODUCTS.flatMap((shape) =>
    KINDS.flatMap((kind) => {
      const whole = productTask(binary, kind, padded(shape));
      return [whole, productTask(binary, kind, shape, whole.name)];
    }),
  );
  const unique = tasks.filter((task, index) => tasks.findIndex(({ name }) => name === task.name) === index);
  const lines = (await measure(limitTask(binary), unique)).filter(({ speed }) => speed);
  const note = 'Compared with the next shape without a remainder: 1.00 says that padding explains all that is lost.';
  return { title: `Odd shapes (${binary} SIMD)`, lines, note };
}
