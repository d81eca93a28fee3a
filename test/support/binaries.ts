/** Runs a suite on both binaries of the core; where this engine has no relaxed SIMD that half is skipped by name. */
import { describe } from 'vitest';
import { type BinaryName, hasRelaxedSimd } from '../../src/runtime/module.js';

const BINARIES: readonly { readonly binary: BinaryName; readonly runs: boolean }[] = [
  { binary: 'strict', runs: true },
  { binary: 'relaxed', runs: hasRelaxedSimd() },
];

export function describeBinaries(title: string, suite: (binary: BinaryName) => void): void {
  for (const { binary, runs } of BINARIES) {
    if (runs) describe(`${title} (${binary})`, () => suite(binary));
    else describe.skip(`${title} (${binary}: this engine has no relaxed SIMD)`, () => suite(binary));
  }
}
