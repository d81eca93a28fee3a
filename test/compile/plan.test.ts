/**
 * The memory plan of random networks: no two regions that are in use at the same time share a byte, and everything lies where
 * it may. Laid out as a network does it: prediction and training side by side, evaluation behind them. Knows no kernels.
 */

import { describe, expect, it } from 'vitest';
import { MEMORY_BASE, OP_SIZE, REGION_ALIGNMENT, TENSOR_SIZE } from '../../assembly/abi.js';
import type { Architecture } from '../../src/compile/parameters.js';
import { lifetimes, type Plan, planMemory, tensorAddress, tensorsOf } from '../../src/compile/plan.js';
import { flatTensor, type Program, type Region, type Tensor } from '../../src/compile/program.js';
import { dense } from '../../src/layers.js';
import { type LoweredNetwork, lowerAll, randomArchitecture } from '../support/architectures.js';
import { type Random, seeded } from '../support/random.js';

const NETWORKS = 150;

/** A stretch of memory and, of a program that uses it, the first and last op that do. */
interface Stretch {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly first: number;
  readonly last: number;
}

const ALWAYS = { first: -Infinity, last: Infinity };

interface Layout {
  readonly plan: Plan;
  readonly programs: readonly Program[];
  readonly extra: readonly Region[];
}

/** The two zones of a network: the base, and the guest behind it. */
function layOut({ parameters, predict, evaluate, train }: LoweredNetwork, random: Random): { base: Layout; guest: Layout } {
  const region = (name: string): Region => ({ name, bytes: random.integer(1, 3000), life: 'kept' });
  const programs = [predict.program, train.program];
  const extra = [parameters, region('steps'), region('order')];
  const plan = planMemory(programs, MEMORY_BASE, new Map(), extra);
  const guestExtra = [region('evaluate.step')];
  const guest = planMemory([evaluate.program], plan.end, plan.addresses, guestExtra);
  return { base: { plan, programs, extra }, guest: { plan: guest, programs: [evaluate.program], extra: guestExtra } };
}

function regionsOf({ programs, extra }: Layout): Set<Region> {
  return new Set([...extra, ...programs.flatMap((program) => tensorsOf(program).map(({ region }) => region))]);
}

/** First and last op that name a region, found as plainly as possible; results are read behind the last op. */
function usesOf(program: Program, region: Region): { first: number; last: number } {
  const uses = program.ops.flatMap((op, index) => (op.operands.some((tensor) => tensor?.region === region) ? [index] : []));
  if (program.results.some((tensor) => tensor.region === region)) uses.push(program.ops.length);
  return { first: Math.min(...uses), last: Math.max(...uses) };
}

/** What is in memory while `program` runs: its code, descriptors and regions, and all that is kept for others. */
function stretchesOf(layout: Layout, program: Program): Stretch[] {
  const { plan, programs } = layout;
  const code = programs.flatMap((other) => {
    const from = plan.programs.get(other) as number;
    const descriptors = tensorsOf(other).map((tensor) => ({
      name: `descriptor of ${tensor.name}`,
      from: plan.descriptors.get(tensor) as number,
      bytes: TENSOR_SIZE,
    }));
    return [{ name: other.name, from, bytes: (other.ops.length + 1) * OP_SIZE }, ...descriptors];
  });
  const used = new Set(tensorsOf(program).map(({ region }) => region));
  const regions = [...regionsOf(layout)].filter((region) => region.life !== 'transient' || used.has(region));
  return [
    ...code.map(({ name, from, bytes }) => ({ name, from, to: from + bytes, ...ALWAYS })),
    ...regions.map((region) => {
      const from = plan.addresses.get(region) as number;
      const uses = region.life === 'transient' ? usesOf(program, region) : ALWAYS;
      return { name: region.name, from, to: from + region.bytes, ...uses };
    }),
  ];
}

/** Pairs that share memory at the same time. */
function collisions(stretches: readonly Stretch[]): string[] {
  const sorted = [...stretches].sort((a, b) => a.from - b.from);
  return sorted.flatMap((a, index) =>
    sorted
      .slice(index + 1)
      .filter((b) => b.from < a.to && a.first <= b.last && b.first <= a.last)
      .map((b) => `${a.name} and ${b.name}`),
  );
}

const SEEDS = Array.from({ length: NETWORKS }, (_, index) => index + 1);

function layoutOf(seed: number, given?: Architecture): ReturnType<typeof layOut> & { network: LoweredNetwork } {
  const random = seeded(seed);
  const network = lowerAll(given ?? randomArchitecture(random), random);
  return { network, ...layOut(network, random) };
}

describe('planMemory, for random networks,', () => {
  it('never gives two regions in use the same memory', () => {
    for (const seed of SEEDS) {
      const { base, guest } = layoutOf(seed);
      for (const layout of [base, guest]) {
        for (const program of layout.programs)
          expect(collisions(stretchesOf(layout, program)), `seed ${seed}, ${program.name}`).toEqual([]);
      }
    }
  });

  it('aligns every region and keeps it within the plan', () => {
    for (const seed of SEEDS) {
      const { base, guest } = layoutOf(seed);
      for (const layout of [base, guest]) {
        const { plan } = layout;
        expect(plan.end % REGION_ALIGNMENT).toBe(0);
        for (const region of regionsOf(layout)) {
          const address = plan.addresses.get(region) as number;
          const given = layout === guest && base.plan.addresses.has(region);
          const from = given ? base.plan.base : plan.base;
          const end = given ? base.plan.end : plan.end;
          expect(address % REGION_ALIGNMENT, `seed ${seed}, ${region.name}`).toBe(0);
          expect(address >= from && address + region.bytes <= end, `seed ${seed}, ${region.name}`).toBe(true);
        }
      }
    }
  });

  it('leaves what is given where it is, and puts a guest behind the base', () => {
    for (const seed of SEEDS) {
      const { network, base, guest } = layoutOf(seed);
      expect(guest.plan.addresses.get(network.parameters)).toBe(base.plan.addresses.get(network.parameters));
      const own = [...regionsOf(guest)].filter((region) => !base.plan.addresses.has(region));
      expect(own.length).toBeGreaterThan(0);
      for (const region of own) expect(guest.plan.addresses.get(region), region.name).toBeGreaterThanOrEqual(base.plan.end);
    }
  });

  it('keeps every tensor within its region', () => {
    for (const seed of SEEDS) {
      const { base, guest } = layoutOf(seed);
      for (const program of [...base.programs, ...guest.programs]) {
        const outside = tensorsOf(program).filter(({ start, bytes, region }) => start < 0 || start + bytes > region.bytes);
        expect(outside.map(({ name }) => name)).toEqual([]);
      }
    }
  });

  it('shares memory among regions that are not in use together', () => {
    const deep = Array.from({ length: 6 }, () => dense(100, { activation: 'gelu' }));
    const { network, base } = layoutOf(8, { inputs: 100, layers: deep, seed: 1 });
    const transient = tensorsOf(network.train.program).filter(({ region }) => region.life === 'transient');
    const bytes = transient.reduce((sum, { region }) => sum + region.bytes, 0);
    const from = Math.min(...transient.map((tensor) => tensorAddress(base.plan, tensor)));
    expect(base.plan.end - from).toBeLessThan(bytes);
  });
});

describe('lifetimes', () => {
  it('are those found by looking through the ops', () => {
    for (const seed of SEEDS) {
      const { base, guest } = layoutOf(seed);
      for (const program of [...base.programs, ...guest.programs]) {
        const found = lifetimes(program);
        for (const { region, first, last } of found) expect({ first, last }).toEqual(usesOf(program, region));
        const transient = new Set(tensorsOf(program).flatMap(({ region }) => (region.life === 'transient' ? [region] : [])));
        expect(new Set(found.map(({ region }) => region))).toEqual(transient);
      }
    }
  });
});

describe('tensorAddress', () => {
  it('refuses a tensor of another plan', () => {
    const stranger: Tensor = flatTensor('stranger', 1, 0, 4);
    expect(() => tensorAddress(layoutOf(1).base.plan, stranger)).toThrow('region stranger is not part of this plan');
  });
});
