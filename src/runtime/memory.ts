/**
 * One network's memory: its parameters wherever they are (an ordinary array, or an engine), and the plans laid over them.
 * Knows regions and programs; neither data nor training.
 *
 * Two zones follow each other. The base holds the parameters, the prediction program and, while training, the training
 * program. Behind it lies a guest: one program at a time (evaluation), which may be replaced between two steps.
 */
import { MEMORY_BASE } from '../../assembly/abi.js';
import { encodeProgram } from '../compile/encode.js';
import { type Plan, planMemory } from '../compile/plan.js';
import type { Program, Region } from '../compile/program.js';
import { checkBytes, type Engine } from './engine.js';
import type { BinaryName } from './module.js';
import { lease, type Tenant, touch } from './pool.js';
import type { Runner } from './team.js';

/** Something to lay out: programs, and regions of TypeScript's own. */
export interface Wanted {
  readonly programs: readonly Program[];
  readonly extra: readonly Region[];
}

interface Zone {
  readonly key: unknown;
  readonly plan: Plan;
}

/** State regions by name, while no engine holds them. */
type Luggage = Map<string, Float32Array>;

export class NetworkMemory implements Tenant {
  busy = false;
  /** Workers that stand by for this memory. */
  runner: Runner | undefined;
  /** Ends what workers do in this memory at the moment, so that somebody else can look at it. */
  settle: (() => void) | undefined;
  readonly #luggage: Luggage;
  #engine: Engine | undefined;
  #base: Zone | undefined;
  #guest: Zone | undefined;

  constructor(
    readonly binary: BinaryName,
    /** State that every plan has: parameters, running statistics. */
    readonly state: readonly Region[],
  ) {
    checkBytes(state.reduce((sum, { bytes }) => sum + bytes, 0));
    this.#luggage = new Map(state.map(({ name, bytes }) => [name, new Float32Array(bytes / 4)]));
  }

  /** The engine in use; only valid until the next call that may lay out or lease. */
  get engine(): Engine {
    if (!this.#engine) throw new Error('no engine is leased');
    return this.#engine;
  }

  /** The base zone's plan, if it is laid out. */
  current(): Plan | undefined {
    this.settle?.();
    if (this.#engine) touch(this.#engine);
    return this.#base?.plan;
  }

  /** Whether the base zone is laid out under `key`. */
  holds(key: unknown): boolean {
    return this.#base !== undefined && this.#base.key === key;
  }

  /** Lays the base zone out, unless `key` says it is: `wanted` first lists what. State regions keep their contents. */
  base(key: unknown, wanted: () => Wanted): Plan {
    this.settle?.();
    const laid = this.#base;
    if (laid && laid.key === key) {
      touch(this.engine);
      return laid.plan;
    }
    const { programs, extra } = wanted();
    const plan = planMemory(programs, MEMORY_BASE, new Map(), [...this.state, ...extra]);
    let engine = this.#engine;
    if (engine) {
      this.#pack();
      engine.reserve(plan.end);
    } else {
      engine = lease(this, this.binary, plan.end);
      this.#engine = engine;
    }
    this.#base = undefined;
    this.#guest = undefined;
    this.#lay(plan, programs);
    for (const region of plan.addresses.keys()) {
      const contents = region.life === 'state' ? this.#luggage.get(region.name) : undefined;
      if (contents?.byteLength === region.bytes) engine.f32.set(contents, (plan.addresses.get(region) as number) / 4);
      this.#luggage.delete(region.name);
    }
    this.#base = { key, plan };
    return plan;
  }

  /** Lays a guest behind the base zone, which must be laid out. */
  guest(key: unknown, wanted: () => Wanted): Plan {
    this.settle?.();
    const base = this.#base;
    if (!base || !this.#engine) throw new Error('a guest needs a base');
    const guest = this.#guest;
    if (guest && guest.key === key) return guest.plan;
    const { programs, extra } = wanted();
    const plan = planMemory(programs, base.plan.end, base.plan.addresses, extra);
    this.#engine.reserve(plan.end);
    this.#guest = undefined;
    this.#lay(plan, programs);
    this.#guest = { key, plan };
    return plan;
  }

  /** A view of a state region, wherever it is, to read or write at once; undefined if there is none of that name. */
  stateOf(name: string): Float32Array | undefined {
    this.settle?.();
    if (this.#engine && this.#base) {
      for (const [candidate, address] of this.#base.plan.addresses) {
        if (candidate.name === name) return this.#engine.f32.subarray(address / 4, (address + candidate.bytes) / 4);
      }
    }
    return this.#luggage.get(name);
  }

  /** Drops state that no plan has: moments of an optimizer that is over. */
  dropLuggage(): void {
    if (this.#engine) this.#luggage.clear();
  }

  moveOut(): void {
    this.#pack();
    this.#engine = undefined;
    this.#base = undefined;
    this.#guest = undefined;
  }

  /** Copies all state regions of the base zone into the luggage. */
  #pack(): void {
    const engine = this.#engine;
    if (!engine || !this.#base) return;
    for (const [region, address] of this.#base.plan.addresses) {
      if (region.life === 'state') this.#luggage.set(region.name, engine.f32.slice(address / 4, (address + region.bytes) / 4));
    }
  }

  #lay(plan: Plan, programs: readonly Program[]): void {
    const { engine } = this;
    // Eight bytes at a time: shared memory is filled number by number.
    engine.f64.fill(0, plan.base / 8, Math.ceil(plan.end / 8));
    for (const program of programs) encodeProgram(engine.view, plan, program);
  }
}
