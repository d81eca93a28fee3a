/**
 * Runs a planned program: all steps in one call of the core, or piece by piece around functions of the user's own.
 * Knows programs and plans, not what they are for.
 */
import { DTYPE_I32, OP_HOST, OP_SIZE, STEP_ROWS, STEP_SIZE } from '../../assembly/abi.js';
import { type Plan, tensorAddress } from '../compile/plan.js';
import type { Program, Tensor } from '../compile/program.js';
import type { Engine } from './engine.js';
import type { HostTensor } from './host.js';
import type { NetworkMemory } from './memory.js';
import { TEAM_RECORD } from './team.js';

/** Places of the host ops of each program, found once. */
const hostOps = new WeakMap<Program, readonly number[]>();

function hostPlaces(program: Program): readonly number[] {
  let places = hostOps.get(program);
  if (!places) {
    places = program.ops.flatMap((op, index) => (op.code === OP_HOST ? [index] : []));
    hostOps.set(program, places);
  }
  return places;
}

function view({ f32, i32 }: Engine, plan: Plan, tensor: Tensor): HostTensor {
  const at = tensorAddress(plan, tensor) / 4;
  return { f32, i32, at, stride: tensor.stride / 4, columns: tensor.columns, labels: tensor.dtype === DTYPE_I32 };
}

/** As `execute`, by workers if some stand by and this thread may wait for them. */
export function executeShared(memory: NetworkMemory, plan: Plan, program: Program, steps: number, count: number): number {
  const { engine, runner } = memory;
  const team = plan.addresses.get(TEAM_RECORD);
  const start = plan.programs.get(program) as number;
  const done = runner && team !== undefined && runner.threads > 1 ? runner.runNow({ program: start, steps, count, team }) : undefined;
  return done ?? execute(engine, plan, program, steps, count);
}

/** Runs `count` steps from op `first` on; returns how many are whole, as the core does. */
export function execute(engine: Engine, plan: Plan, program: Program, steps: number, count: number, first = 0): number {
  const start = plan.programs.get(program) as number;
  const places = hostPlaces(program);
  if (places.length === 0) return engine.core.run(start + first * OP_SIZE, steps, count);
  for (let step = 0; step < count; step++) {
    const record = steps + step * STEP_SIZE;
    let from = first;
    for (const place of places) {
      if (engine.core.run(start + from * OP_SIZE, record, 1) === 0) return step;
      const tensors = program.ops[place].operands.map((tensor) => tensor && view(engine, plan, tensor));
      program.ops[place].host?.run(engine.i32[(record + STEP_ROWS) / 4], tensors);
      from = place + 1;
    }
    if (engine.core.run(start + from * OP_SIZE, record, 1) === 0) return step;
  }
  return count;
}
