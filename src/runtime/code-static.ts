/**
 * In place of code.ts in the package for runtimes that forbid compiling bytes (workerd, edge): the binaries are files, which
 * the platform compiles and hands over as modules.
 */
import relaxed from './relaxed.wasm';
import strict from './strict.wasm';

const MODULES = { relaxed, strict };

/** The compiled module of a binary. */
export function codeOf(name: keyof typeof MODULES): WebAssembly.Module {
  return MODULES[name];
}
