/**
 * Runs a suite on every binary of the core; those that this engine does not run are skipped by name.
 *
 * Where the wide binary runs, its flag is set here, before anything is compiled, and the baseline compiler is left out: it
 * fuses nothing, and would be all that short tests see.
 */
import { afterAll, beforeAll, describe } from 'vitest';
import { type BinaryName, hasRelaxedSimd, offerWide } from '../../src/runtime/module.js';
import { refusal, setFlags, wideBinary } from '../../src/runtime/wide.js';

/** Why the wide binary cannot run here. */
const NOT_WIDE = refusal();
if (!NOT_WIDE) setFlags('no-liftoff', 'experimental-wasm-revectorize');

const BINARIES: readonly { readonly binary: BinaryName; readonly not?: string }[] = [
  { binary: 'strict' },
  { binary: 'relaxed', not: hasRelaxedSimd() ? undefined : 'this engine has no relaxed SIMD' },
  { binary: 'wide' },
];

/** Networks with fast numerics get the wide binary while the suite runs that calls this. */
function offerDuringSuite(): void {
  beforeAll(() => offerWide(wideBinary()));
  afterAll(() => offerWide(undefined));
}

/** Runs a suite where networks with fast numerics get the wide binary, or skips it by name. */
export function describeWide(title: string, suite: () => void): void {
  if (NOT_WIDE) describe.skip(`${title} (wide: ${NOT_WIDE})`, suite);
  else {
    describe(`${title} (wide)`, () => {
      offerDuringSuite();
      suite();
    });
  }
}

export function describeBinaries(title: string, suite: (binary: BinaryName) => void): void {
  for (const { binary, not } of BINARIES) {
    if (binary === 'wide') describeWide(title, () => suite(binary));
    else if (not) describe.skip(`${title} (${binary}: ${not})`, () => suite(binary));
    else describe(`${title} (${binary})`, () => suite(binary));
  }
}
