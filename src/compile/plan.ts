/**
 * The memory plan: every region's address, known before the run. Transient regions share memory when they are not alive at
 * the same time. The only allocator there is; knows regions and programs, not what they mean.
 */
import { FLAG_OPEN, OP_SECTION, OP_SIZE, REGION_ALIGNMENT, TENSOR_SIZE } from '../../assembly/abi.js';
import { roundUp } from './layout.js';
import type { Program, Region, Tensor } from './program.js';

/** First and last op, inclusive, at which a transient region is in use. */
export interface Lifetime {
  readonly region: Region;
  readonly first: number;
  last: number;
}

export interface Plan {
  /** Address of each region. */
  readonly addresses: ReadonlyMap<Region, number>;
  /** Address of each program's first op. */
  readonly programs: ReadonlyMap<Program, number>;
  /** Address of each tensor's descriptor. */
  readonly descriptors: ReadonlyMap<Tensor, number>;
  readonly base: number;
  /** First address behind the plan. */
  readonly end: number;
}

/** All tensors of a program, each once, in order of first use. */
export function tensorsOf(program: Program): Tensor[] {
  const operands = program.ops.flatMap((op) => op.operands.filter((tensor) => tensor !== undefined));
  return [...new Set([...operands, ...program.results])];
}

/**
 * For each op the first and last op that may be at work at the same time: itself alone, or, where threads share a section, all
 * ops up to where they meet.
 */
function concurrent({ ops }: Program): { first: number; last: number }[] {
  const spans = ops.map((_, index) => ({ first: index, last: index }));
  let first = 0;
  for (const [index, op] of ops.entries()) {
    if (op.code !== OP_SECTION) continue;
    const last = index + (op.members ?? 0);
    if ((op.flags ?? 0) & FLAG_OPEN) continue;
    for (let member = first; member <= last; member++) spans[member] = { first, last };
    first = last + 1;
  }
  return spans;
}

/** When each transient region of a program is in use. Results stay in use to the end. */
export function lifetimes(program: Program): Lifetime[] {
  const found = new Map<Region, Lifetime>();
  const spans = concurrent(program);
  const touch = ({ region }: Tensor, op: number): void => {
    if (region.life !== 'transient') return;
    const { first, last } = spans[op] ?? { first: op, last: op };
    const lifetime = found.get(region);
    if (lifetime) lifetime.last = last;
    else found.set(region, { region, first, last });
  };
  for (const [index, op] of program.ops.entries()) {
    for (const tensor of op.operands) if (tensor) touch(tensor, index);
  }
  for (const tensor of program.results) touch(tensor, program.ops.length);
  return [...found.values()];
}

/** Places one program's transient regions from `base` on: the largest first, each at the lowest free place. */
function placeTransients(program: Program, base: number, addresses: Map<Region, number>): number {
  const placed: Lifetime[] = [];
  let end = base;
  for (const lifetime of lifetimes(program).sort((a, b) => b.region.bytes - a.region.bytes || a.first - b.first)) {
    const { region, first, last } = lifetime;
    const rivals = placed
      .filter((other) => other.first <= last && first <= other.last)
      .map((other) => ({ from: addresses.get(other.region) as number, bytes: other.region.bytes }))
      .sort((a, b) => a.from - b.from);
    let at = base;
    for (const rival of rivals) {
      if (at + region.bytes <= rival.from) break;
      at = Math.max(at, roundUp(rival.from + rival.bytes, REGION_ALIGNMENT));
    }
    addresses.set(region, at);
    placed.push(lifetime);
    end = Math.max(end, at + region.bytes);
  }
  return end;
}

/**
 * Plans `programs` from `base` on. Regions in `given` have their place already (a plan laid beside another one);
 * `extra` regions belong to no op (step records, orders).
 */
export function planMemory(
  programs: readonly Program[],
  base: number,
  given: ReadonlyMap<Region, number> = new Map(),
  extra: readonly Region[] = [],
): Plan {
  const addresses = new Map(given);
  const starts = new Map<Program, number>();
  const descriptors = new Map<Tensor, number>();
  let end = base;
  const take = (bytes: number): number => {
    const at = roundUp(end, REGION_ALIGNMENT);
    end = at + bytes;
    return at;
  };
  for (const program of programs) {
    starts.set(program, take((program.ops.length + 1) * OP_SIZE));
    const tensors = tensorsOf(program);
    const first = take(tensors.length * TENSOR_SIZE);
    for (const [index, tensor] of tensors.entries()) descriptors.set(tensor, first + index * TENSOR_SIZE);
  }
  const regions = [...extra, ...programs.flatMap((program) => tensorsOf(program).map(({ region }) => region))];
  for (const region of regions) {
    if (region.life !== 'transient' && !addresses.has(region)) addresses.set(region, take(region.bytes));
  }
  const arena = roundUp(end, REGION_ALIGNMENT);
  for (const program of programs) end = Math.max(end, placeTransients(program, arena, addresses));
  return { addresses, programs: starts, descriptors, base, end: roundUp(end, REGION_ALIGNMENT) };
}

/** Address of a tensor's first element. */
export function tensorAddress(plan: Plan, tensor: Tensor): number {
  const address = plan.addresses.get(tensor.region);
  if (address === undefined) throw new Error(`region ${tensor.region.name} is not part of this plan`);
  return address + tensor.start;
}
