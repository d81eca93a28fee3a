/**
 * Compares the core's gradients with central differences of the same network computed in f64. For tests of layers, losses
 * and functions of one's own. Knows the core only through a lowered program.
 */
import { STEP_ROWS, STEP_SIZE } from '../../assembly/abi.js';
import { checkInteger, checkOptions } from '../check.js';
import { lowerTraining } from '../compile/lower.js';
import { elementCount } from '../compile/parameters.js';
import type { Region } from '../compile/program.js';
import { copyRows, type Samples, type Table } from '../data/samples.js';
import { GradletError } from '../errors.js';
import { coreOf, type Network } from '../network.js';
import { execute } from '../runtime/execute.js';
import { checkData } from './data.js';
import type { Targets } from './feed.js';
import { loss64, type Target64 } from './forward64.js';
import { checkLoss, type Loss } from './losses.js';

/** Options of `gradientCheck`. */
export interface GradientCheckOptions {
  /** The loss whose gradients are checked, by name or your own. */
  loss: Loss;
  /** Numbers looked at in each tensor, evenly spread; default 200. */
  entries?: number;
}

/** Step of the differences: near the cube root of f64's precision. */
const STEP = 1e-5;
/**
 * Gradients below these shares of the tensor's and of the network's largest are compared with those, because f32 rounds relative
 * to the terms of a sum: a bias before a batch norm has a gradient of 0, made of terms that are not.
 */
const TENSOR_FLOOR = 0.01;
const NETWORK_FLOOR = 0.001;

function rows64(table: Table): Float64Array[] {
  const flat = new Float32Array(table.rows * table.columns);
  copyRows(table, 0, table.rows, flat, 0);
  return Array.from({ length: table.rows }, (_, row) => Float64Array.from(flat.subarray(row * table.columns, (row + 1) * table.columns)));
}

function targets64(targets: Targets): Target64[] {
  return 'labels' in targets ? [...targets.labels] : rows64(targets.table);
}

/**
 * The largest relative error of each trainable tensor's gradient, by name: |core − differences| over the larger of both, or
 * over a hundredth of the tensor's largest gradient where that is more. All rows are one batch; dropout and noise are left out.
 * Values below 1e-3 are what f32 gives; a wrong derivative gives about 1.
 *
 * @throws TypeError or RangeError for bad options or data; GradletError ERR_BUSY while a fit runs
 */
export function gradientCheck(network: Network, x: Samples, y: Samples, options: GradientCheckOptions): Record<string, number> {
  const core = coreOf('gradientCheck', network);
  if (core.memory.busy)
    throw new GradletError('ERR_BUSY', 'gradientCheck: a fit of this network is running; wait for it, or stop it by its signal');
  const { loss, entries = 200 } = checkOptions('gradientCheck', options, ['loss', 'entries']);
  checkInteger('gradientCheck: entries', entries, 1);
  const row = checkLoss('gradientCheck: loss', loss);
  const data = checkData('gradientCheck: ', core, x, y, row, undefined);
  const analytic = coreGradients(core, row, data);
  const tensors = new Map(core.map.slots.map((slot) => [slot.name, Float64Array.from(core.read(slot))]));
  const samples = rows64(data.x);
  const targets = targets64(data.y);
  const pairs = new Map<string, (readonly [own: number, numeric: number])[]>();
  for (const slot of core.map.slots.slice(0, core.map.trainable)) {
    const values = tensors.get(slot.name) as Float64Array;
    const own = analytic.get(slot.name) as Float32Array;
    const stride = Math.max(1, Math.floor(values.length / entries));
    const places = Array.from({ length: Math.ceil(values.length / stride) }, (_, index) => index * stride);
    const numeric = (place: number): number => {
      const here = values[place];
      const [right, left] = [here + STEP, here - STEP].map((value) => {
        values[place] = value;
        return loss64(core.architecture, tensors, samples, targets, loss);
      });
      values[place] = here;
      return (right - left) / (2 * STEP);
    };
    pairs.set(
      slot.name,
      places.map((place) => [own[place], numeric(place)]),
    );
  }
  return relativeErrors(pairs);
}

/** The largest relative error of each tensor. */
function relativeErrors(pairs: ReadonlyMap<string, readonly (readonly [own: number, numeric: number])[]>): Record<string, number> {
  const largest = (list: readonly (readonly [number, number])[]): number => Math.max(...list.map(([, numeric]) => Math.abs(numeric)));
  const network = Math.max(...[...pairs.values()].map(largest));
  return Object.fromEntries(
    [...pairs].map(([name, list]) => {
      const floor = Math.max(Number.MIN_VALUE, TENSOR_FLOOR * largest(list), NETWORK_FLOOR * network);
      return [name, Math.max(...list.map(([own, numeric]) => Math.abs(own - numeric) / Math.max(Math.abs(own), Math.abs(numeric), floor)))];
    }),
  );
}

/** The core's gradients over all rows as one batch; parameters and running statistics stay as they are. */
function coreGradients(
  core: ReturnType<typeof coreOf>,
  loss: ReturnType<typeof checkLoss>,
  data: ReturnType<typeof checkData>,
): Map<string, Float32Array> {
  const { rows } = data.x;
  const spec = { rows, sourceRows: rows, loss, metrics: [], weighted: false, optimizer: undefined };
  const lowered = lowerTraining(core.architecture, core.map, spec, 'check');
  const step: Region = { name: 'check.step', bytes: STEP_SIZE, life: 'kept' };
  const statistics = core.map.statistics && core.state(core.map.statistics).slice();
  core.base();
  const plan = core.memory.guest(lowered, () => ({ programs: [lowered.program], extra: [step] }));
  const { engine } = core.memory;
  core.pointSource(plan, lowered, data.x.bytes, undefined);
  core.stage(plan, lowered, data.x, 0, rows);
  core.stageTargets(plan, lowered, data, 0, rows);
  const record = plan.addresses.get(step) as number;
  engine.i32[(record + STEP_ROWS) / 4] = rows;
  execute(engine, plan, lowered.program, record, 1);
  if (statistics && core.map.statistics) core.state(core.map.statistics).set(statistics);
  const from = plan.addresses.get(lowered.gradients) as number;
  const mirror = engine.f32.subarray(from / 4, (from + lowered.gradients.bytes) / 4);
  const slots = core.map.slots.slice(0, core.map.trainable);
  return new Map(slots.map((slot) => [slot.name, elementCount(slot.shape) ? core.read(slot, mirror) : new Float32Array(0)]));
}
