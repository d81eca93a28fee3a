/** The register-only multiply-add limit of a binary (limit/generate.mjs), which ratios refer to. Knows no networks. */
import { readFileSync } from 'node:fs';
import type { BinaryName } from '../src/runtime/module.js';
import type { Task } from './measure.js';

const ITERATIONS = 4000;

interface LimitKernel {
  prepare(at: number): void;
  limit(iterations: number, at: number): void;
  flopsPerIteration(): number;
}

export function limitTask(binary: BinaryName): Task {
  const bytes = readFileSync(new URL(`./limit.${binary}.wasm`, import.meta.url));
  const kernel = new WebAssembly.Instance(new WebAssembly.Module(bytes), {}).exports as unknown as LimitKernel;
  kernel.prepare(0);
  const flops = kernel.flopsPerIteration() * ITERATIONS;
  return { name: `limit of ${binary} SIMD`, run: () => kernel.limit(ITERATIONS, 0), flops, unit: 'run', units: 1 };
}
