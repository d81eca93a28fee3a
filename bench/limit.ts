/** The register-only multiply-add limit of a binary (limit/generate.mjs), which ratios refer to. Knows no networks. */
import { readFileSync } from 'node:fs';
import type { Task } from './measure.js';

/** Floating-point operations of one run, about: a tenth of a millisecond. */
const RUN_FLOPS = 2e6;
/** Runs before a variant is judged, and runs that it is judged by. */
const WARM_UP = 30;
const TRIES = 30;

type LimitKernel = Record<`limit${number}`, (iterations: number, at: number) => void> &
  Record<`flops${number}`, () => number> & { prepare(at: number): void; variants(): number };

/** The fastest of the variants in this process. */
export function limitTask(binary: 'strict' | 'relaxed' | 'wide'): Task {
  const bytes = readFileSync(new URL(`./limit.${binary}.wasm`, import.meta.url));
  const kernel = new WebAssembly.Instance(new WebAssembly.Module(bytes), {}).exports as unknown as LimitKernel;
  kernel.prepare(0);
  const variants = Array.from({ length: kernel.variants() }, (_, index) => {
    const flopsPerIteration = kernel[`flops${index}`]();
    const iterations = Math.round(RUN_FLOPS / flopsPerIteration);
    const run = (): void => kernel[`limit${index}`](iterations, 0);
    return { run, flops: flopsPerIteration * iterations, speed: 0 };
  });
  for (const variant of variants) {
    for (let i = 0; i < WARM_UP; i++) variant.run();
    for (let i = 0; i < TRIES; i++) {
      const before = performance.now();
      variant.run();
      variant.speed = Math.max(variant.speed, variant.flops / (performance.now() - before));
    }
  }
  const { run, flops } = variants.reduce((best, variant) => (variant.speed > best.speed ? variant : best));
  return { name: `limit of ${binary} SIMD`, run, flops, unit: 'run', units: 1 };
}
