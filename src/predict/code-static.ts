/** In place of runtime/code.ts in gradlet/predict for runtimes that forbid compiling bytes: its one binary is a file. */
import strict from './strict.wasm';

/** The compiled module. */
export function codeOf(): WebAssembly.Module {
  return strict;
}
