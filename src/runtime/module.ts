/**
 * The core's binaries: which one this engine can run, and compiled modules, made once and only when first needed.
 * Knows no networks.
 */
import { ABI_VERSION } from '../../assembly/abi.js';
import { GradletError } from '../errors.js';
import { codeOf } from './code.js';

/**
 * 'strict': plain SIMD, the same bits everywhere. 'relaxed': with fused multiply-add. 'wide': the same in tiles for 256-bit
 * vectors, there only once it was offered.
 */
export type BinaryName = 'strict' | 'relaxed' | 'wide';

/** What the core exports (assembly/index.ts). */
export interface Core {
  run(program: number, steps: number, count: number): number;
  abiVersion(): number;
}

/** (module (func (param v128 v128 v128) (result v128) (f32x4.relaxed_madd …))): valid only where relaxed SIMD is. */
const RELAXED_PROBE = [
  0, 97, 115, 109, 1, 0, 0, 0, 1, 8, 1, 96, 3, 123, 123, 123, 1, 123, 3, 2, 1, 0, 10, 13, 1, 11, 0, 32, 0, 32, 1, 32, 2, 253, 133, 2, 11,
];

const modules = new Map<string, WebAssembly.Module>();
let relaxed: boolean | undefined;

/** Whether this engine runs relaxed SIMD. */
export function hasRelaxedSimd(): boolean {
  relaxed ??= WebAssembly.validate(new Uint8Array(RELAXED_PROBE));
  return relaxed;
}

/** Where the wide binary stands once it is there, for every copy of the package in this process that speaks its contract. */
const WIDE_KEY = Symbol.for(`gradlet.wide.${ABI_VERSION}`);
const shelf = globalThis as { [WIDE_KEY]?: Uint8Array<ArrayBuffer> };

/** Makes the wide binary the best there is for networks made from now on; undefined takes it away. */
export function offerWide(code: Uint8Array<ArrayBuffer> | undefined): void {
  shelf[WIDE_KEY] = code;
}

function codeFor(name: BinaryName): Uint8Array<ArrayBuffer> | WebAssembly.Module {
  if (name !== 'wide') return codeOf(name);
  const code = shelf[WIDE_KEY];
  if (!code) throw new GradletError('ERR_RUNTIME', 'the wide binary is not loaded; import gradlet/turbo first');
  return code;
}

/** The binary for a network's numerics: 'reproducible' means strict, 'fast' the best there is. */
export function binaryFor(numerics: 'fast' | 'reproducible'): BinaryName {
  if (numerics === 'reproducible' || !hasRelaxedSimd()) return 'strict';
  return shelf[WIDE_KEY] ? 'wide' : 'relaxed';
}

/**
 * The same binary for a memory that is not shared: the limits of the memory import say so in one byte. It stands behind
 * the import's names, "env" and "memory", and the kind of import, 2.
 */
export function unshare(binary: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const names = [3, ...new TextEncoder().encode('env'), 6, ...new TextEncoder().encode('memory'), 2];
  const at = binary.findIndex((_, start) => names.every((byte, index) => binary[start + index] === byte)) + names.length;
  if (binary[at] !== 3)
    throw new GradletError('ERR_RUNTIME', 'the core imports no shared memory where one was expected; reinstall gradlet');
  const copy = binary.slice();
  copy[at] = 1;
  return copy;
}

/** A binary, compiled once; `shared`: for a memory that threads share. */
export function moduleFor(name: BinaryName, shared: boolean): WebAssembly.Module {
  const key = `${name} ${shared}`;
  let module = modules.get(key);
  if (!module) {
    const code = codeFor(name);
    // Not by instanceof: an edge runtime's modules may come from another realm.
    module = 'byteLength' in code ? new WebAssembly.Module(shared ? code : unshare(code)) : code;
    modules.set(key, module);
  }
  return module;
}

/** An instance of the core over `memory`. */
export function instantiate(name: BinaryName, memory: WebAssembly.Memory, shared: boolean): Core {
  const { exports } = new WebAssembly.Instance(moduleFor(name, shared), { env: { memory } });
  const core = exports as unknown as Core;
  if (core.abiVersion() !== ABI_VERSION) {
    throw new GradletError(
      'ERR_RUNTIME',
      `the core speaks version ${core.abiVersion()} of the memory contract, the package ${ABI_VERSION}; reinstall gradlet`,
    );
  }
  return core;
}
