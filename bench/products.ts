/** The three matrix products of a dense layer, each as a program of one op. Knows no layers. */
import {
  DTYPE_F32,
  OP_DENSE_BACKWARD_INPUT,
  OP_DENSE_BACKWARD_WEIGHTS,
  OP_DENSE_FORWARD,
  PANEL_ROW_BYTES,
  STEP_ROWS,
  STEP_SIZE,
} from '../assembly/abi.js';
import { encodeProgram } from '../src/compile/encode.js';
import { panelCount, panelStride, vectorBytes } from '../src/compile/layout.js';
import { planMemory, tensorAddress, tensorsOf } from '../src/compile/plan.js';
import { flatTensor, kernelTensor, type Op, type Program, rowsTensor, runTensor } from '../src/compile/program.js';
import { PURPOSE, randomStream } from '../src/data/random.js';
import { Engine } from '../src/runtime/engine.js';
import type { BinaryName } from '../src/runtime/module.js';
import type { Task } from './measure.js';

const BASE = 65536;

/** A task that runs one op over regions filled with seeded numbers. */
function opTask(binary: BinaryName, name: string, op: Op, rows: number, flops: number): Task {
  const program: Program = { name, ops: [op], results: [] };
  const step = { name: 'step', bytes: STEP_SIZE, life: 'kept' as const };
  const plan = planMemory([program], BASE, new Map(), [step]);
  const engine = new Engine(binary, plan.end);
  encodeProgram(engine.view, plan, program);
  const random = randomStream(1, PURPOSE.noise, 0);
  for (const tensor of tensorsOf(program)) {
    const at = tensorAddress(plan, tensor) / 4;
    for (let i = 0; i < tensor.bytes / 4; i++) engine.f32[at + i] = random.uniform() - 0.5;
  }
  const record = plan.addresses.get(step) as number;
  engine.view.setInt32(record + STEP_ROWS, rows, true);
  const start = plan.programs.get(program) as number;
  // Enough repetitions for the timer, few enough for a round.
  const repeats = Math.max(1, Math.round(2e6 / flops));
  const run = (): void => {
    for (let i = 0; i < repeats; i++) engine.core.run(start, record, 1);
  };
  return { name, run, flops: flops * repeats, unit: 'call', units: repeats };
}

/** Forward, weight gradient and input gradient of one shape. */
export function productTasks(binary: BinaryName, rows: number, inputs: number, units: number): Task[] {
  const kept = 'kept' as const;
  const shape = `${rows}x${inputs}x${units}`;
  const flops = 2 * rows * inputs * units;
  const region = (name: string, bytes: number): { name: string; bytes: number; life: typeof kept } => ({ name, bytes, life: kept });
  const kernel = kernelTensor('w', region('w', panelStride(inputs) * panelCount(units)), 0, inputs, units);
  const bias = runTensor('b', region('b', vectorBytes(units)), 0, units, vectorBytes(units));
  const x = rowsTensor('x', rows, inputs, kept);
  const y = rowsTensor('y', rows, units, kept);
  const scratch = flatTensor('scratch', rows * PANEL_ROW_BYTES + 128, DTYPE_F32, 1, kept);
  return [
    opTask(binary, `forward ${shape}`, { code: OP_DENSE_FORWARD, operands: [x, kernel, bias, y] }, rows, flops),
    opTask(binary, `dW ${shape}`, { code: OP_DENSE_BACKWARD_WEIGHTS, operands: [x, y, kernel, bias, scratch] }, rows, flops),
    opTask(binary, `dX ${shape}`, { code: OP_DENSE_BACKWARD_INPUT, operands: [y, kernel, x, scratch] }, rows, flops),
  ];
}
