/** What the core exports, and nothing else. */
import { ABI_VERSION } from './abi';

export { run } from './execute';
export { runTeam } from './threads';

/** The number of the memory contract (abi.ts) that this core was built with. */
export function abiVersion(): i32 {
  return ABI_VERSION;
}
