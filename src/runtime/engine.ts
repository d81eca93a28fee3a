/**
 * One instance of the core and its memory, with views that follow its growth. Knows no networks.
 *
 * Memory is shared where the engine allows it, so that threads can join; else it is private and everything runs on one.
 */
import { HINT_ONE_STEP } from '../../assembly/abi.js';
import { GradletError } from '../errors.js';
import { type BinaryName, type Core, instantiate } from './module.js';

export const PAGE = 65536;
/** 1 GiB; the binaries' own limit. */
export const MAXIMUM_PAGES = 16384;

/** A memory of at most `maximum` pages; halves the maximum where the engine refuses it, down to what is needed. */
function createMemory(pages: number): { memory: WebAssembly.Memory; shared: boolean } {
  let reason: unknown;
  for (const shared of [true, false]) {
    for (let maximum = MAXIMUM_PAGES; maximum >= pages; maximum >>= 1) {
      try {
        return { memory: new WebAssembly.Memory({ initial: pages, maximum, shared }), shared };
      } catch (error) {
        reason = error;
        if (!(error instanceof RangeError)) break;
      }
    }
  }
  throw outOfMemory(pages, reason);
}

/** Refuses what no memory could hold, before anything of that size is made. */
export function checkBytes(bytes: number): void {
  if (bytes > MAXIMUM_PAGES * PAGE) throw outOfMemory(Math.ceil(bytes / PAGE), undefined);
}

function outOfMemory(pages: number, cause: unknown): GradletError {
  const limit =
    pages > MAXIMUM_PAGES ? `; at most ${MAXIMUM_PAGES * PAGE} are possible: use fewer units, a smaller batch or fewer rows at a time` : '';
  return new GradletError('ERR_MEMORY', `${pages * PAGE} bytes of WebAssembly memory were wanted and refused${limit}`, { cause });
}

/** V8 before version 13 (Node 22) is slower with loop bodies of several steps (measured; docs/kernels.md). */
function wantsOneStep(): boolean {
  const { process } = globalThis as { process?: { versions?: { v8?: string } } };
  return Number.parseInt(process?.versions?.v8 ?? '', 10) < 13;
}

export class Engine {
  readonly binary: BinaryName;
  readonly shared: boolean;
  readonly core: Core;
  readonly memory: WebAssembly.Memory;
  f32!: Float32Array;
  i32!: Int32Array;
  u32!: Uint32Array;
  f64!: Float64Array;
  u8!: Uint8Array;
  view!: DataView;

  constructor(binary: BinaryName, bytes: number) {
    const pages = Math.ceil(bytes / PAGE);
    if (pages > MAXIMUM_PAGES) throw outOfMemory(pages, undefined);
    const { memory, shared } = createMemory(pages);
    this.binary = binary;
    this.shared = shared;
    this.memory = memory;
    this.core = instantiate(binary, memory, shared);
    this.#refresh();
    if (binary === 'relaxed' && wantsOneStep()) this.i32[HINT_ONE_STEP / 4] = 1;
  }

  get bytes(): number {
    return this.u8.length;
  }

  /** Grows the memory to at least `bytes`; contents stay, views are renewed. */
  reserve(bytes: number): void {
    if (bytes <= this.bytes) return;
    const pages = Math.ceil(bytes / PAGE);
    if (pages > MAXIMUM_PAGES) throw outOfMemory(pages, undefined);
    try {
      this.memory.grow(pages - this.bytes / PAGE);
    } catch (cause) {
      throw outOfMemory(pages, cause);
    }
    this.#refresh();
  }

  #refresh(): void {
    const { buffer } = this.memory;
    this.f32 = new Float32Array(buffer);
    this.i32 = new Int32Array(buffer);
    this.u32 = new Uint32Array(buffer);
    this.f64 = new Float64Array(buffer);
    this.u8 = new Uint8Array(buffer);
    this.view = new DataView(buffer);
  }
}
