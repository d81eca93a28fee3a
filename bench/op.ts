/** One op as a program of its own, for the tables of products and of elementwise work. Knows no layers. */
import { STEP_ROWS, STEP_SCALARS, STEP_SIZE } from '../assembly/abi.js';
import { encodeProgram } from '../src/compile/encode.js';
import { planMemory, tensorAddress, tensorsOf } from '../src/compile/plan.js';
import type { Op, Program } from '../src/compile/program.js';
import { PURPOSE, randomStream } from '../src/data/random.js';
import { Engine } from '../src/runtime/engine.js';
import type { BinaryName } from '../src/runtime/module.js';
import type { Task } from './measure.js';

const BASE = 65536;
/** What a run should take, so that neither timer nor call can be noticed. */
const RUN_MS = 0.5;

export interface OpTask {
  readonly binary: BinaryName;
  readonly name: string;
  readonly op: Op;
  readonly rows: number;
  readonly unit: string;
  /** Units of one call of the op. */
  readonly units: number;
  readonly flops?: number;
  readonly against?: string;
  /** The optimizer's numbers in the step record. */
  readonly scalars?: readonly number[];
  /** The inputs' range. */
  readonly low?: number;
  readonly high?: number;
}

/** A task that runs one op over regions filled with seeded numbers. */
export function opTask({ binary, name, op, rows, unit, units, flops, against, scalars = [], low = -0.5, high = 0.5 }: OpTask): Task {
  const program: Program = { name, ops: [op], results: [] };
  const step = { name: 'step', bytes: STEP_SIZE, life: 'kept' as const };
  const plan = planMemory([program], BASE, new Map(), [step]);
  const engine = new Engine(binary, plan.end);
  encodeProgram(engine.view, plan, program);
  const random = randomStream(1, PURPOSE.noise, 0);
  for (const tensor of tensorsOf(program)) {
    const at = tensorAddress(plan, tensor) / 4;
    for (let i = 0; i < tensor.bytes / 4; i++) engine.f32[at + i] = low + (high - low) * random.uniform();
  }
  const record = plan.addresses.get(step) as number;
  engine.view.setInt32(record + STEP_ROWS, rows, true);
  for (const [index, value] of scalars.entries()) engine.view.setFloat32(record + STEP_SCALARS + 4 * index, value, true);
  const start = plan.programs.get(program) as number;
  const call = (repeats: number): void => {
    for (let i = 0; i < repeats; i++) engine.core.run(start, record, 1);
  };
  const repeats = repeatsFor(call);
  return { name, run: () => call(repeats), unit, units: units * repeats, flops: flops && flops * repeats, against };
}

function repeatsFor(call: (repeats: number) => void): number {
  for (let repeats = 1; ; repeats *= 2) {
    const before = performance.now();
    call(repeats);
    if (performance.now() - before > RUN_MS) return repeats;
  }
}
