/**
 * gradlet/turbo: imported before networks are made, it gives them 256-bit vectors on Node 24 and later (x64). It sets an
 * experimental flag of V8 for the whole process (docs/turbo.md), and does nothing where that is not there or does not pay.
 */
import { enableWide, type Turbo } from './runtime/wide.js';

export type { Turbo };

/** What became of it; networks tell by `network.runtime.binary`, which is then 'wide'. */
export const turbo: Turbo = enableWide();
