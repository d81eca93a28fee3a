/** Nanoseconds an element of activations, losses and updates, each as a program of one op. Knows no networks. */
import * as abi from '../assembly/abi.js';
import { ACTIVATIONS } from '../src/activations.js';
import { rowStride } from '../src/compile/layout.js';
import { type Op, rowsTensor, runTensor } from '../src/compile/program.js';
import type { BinaryName } from '../src/runtime/module.js';
import { measure, type Table, type Task } from './measure.js';
import { opTask } from './op.js';
import { ELEMENTWISE } from './shapes.js';

const [ROWS, COLUMNS] = ELEMENTWISE;

interface Work {
  readonly name: string;
  readonly op: Op;
  readonly scalars?: readonly number[];
  readonly low?: number;
  readonly high?: number;
}

const tensor = (name: string, columns = COLUMNS) => rowsTensor(name, ROWS, columns, 'kept');

function activations(): Work[] {
  return Object.entries(ACTIVATIONS).flatMap(([name, { kind }]) => {
    const [z, y, dY, dZ] = ['z', 'y', 'dY', 'dZ'].map((each) => tensor(each));
    const range = { low: -4, high: 4 };
    const forward = { name, op: { code: abi.OP_ACTIVATION_FORWARD, kind, operands: [z, y] }, ...range };
    const backward = { name: `${name}, derivative`, op: { code: abi.OP_ACTIVATION_BACKWARD, kind, operands: [z, y, dY, dZ] }, ...range };
    return name === 'linear' ? [] : [forward, backward];
  });
}

/** Value and gradient of a loss that takes a logarithm of each output, and the fused one that takes exponentials. */
function losses(): Work[] {
  const loss = (name: string, kind: number, flags: number): Work => {
    const losses = runTensor('losses', { name: 'losses', bytes: ROWS * 4, life: 'kept' }, 0, ROWS, ROWS * 4);
    const operands = [tensor('output'), tensor('target'), undefined, losses, tensor('gradient'), rowsTensor('spare', 1, COLUMNS, 'kept')];
    return { name, op: { code: abi.OP_LOSS, kind, flags, operands }, low: 0.01, high: 0.99 };
  };
  return [
    loss('binary crossentropy: two logarithms', abi.LOSS_BINARY_CROSSENTROPY, 0),
    loss('sigmoid and binary crossentropy', abi.LOSS_BINARY_CROSSENTROPY, abi.FLAG_FUSED),
    loss('categorical crossentropy: one logarithm', abi.LOSS_CATEGORICAL_CROSSENTROPY, 0),
    loss('softmax and categorical crossentropy', abi.LOSS_CATEGORICAL_CROSSENTROPY, abi.FLAG_FUSED),
  ];
}

function updates(): Work[] {
  const count = ROWS * COLUMNS;
  const run = (name: string) => runTensor(name, { name, bytes: count * 4, life: 'kept' }, 0, count, count * 4);
  const names = ['parameters', 'gradients', 'moments.0', 'moments.1'];
  const update = (name: string, kind: number, tensors: number, scalars: readonly number[]): Work => ({
    name: `update by ${name}`,
    op: { code: abi.OP_UPDATE, kind, operands: names.slice(0, tensors).map(run) },
    scalars,
    low: 0.1,
    high: 0.5,
  });
  // A rate so small that a parameter stays what it is for any number of repetitions.
  return [
    update('sgd', abi.OPTIMIZER_SGD, 2, [1e-12]),
    update('sgd with momentum', abi.OPTIMIZER_SGD_MOMENTUM, 3, [1e-12, 0, 0.9]),
    update('adam', abi.OPTIMIZER_ADAM, 4, [1e-12, 0, 0.9, 0.1, 0.999, 0.001, 1e-8]),
  ];
}

export async function elementwiseTable(binary: BinaryName): Promise<Table> {
  const works = [...activations(), ...losses(), ...updates()];
  const tasks: Task[] = works.map((work) => opTask({ ...work, binary, rows: ROWS, unit: 'element', units: ROWS * COLUMNS }));
  const kilobytes = (ROWS * rowStride(COLUMNS)) / 1024;
  return {
    title: `Elementwise, ${ROWS}x${COLUMNS} (${binary} SIMD)`,
    lines: await measure(undefined, tasks),
    note: `Each tensor has ${kilobytes.toFixed(0)} KiB. Ranges: activations -4 … 4, losses 0.01 … 0.99.`,
  };
}
