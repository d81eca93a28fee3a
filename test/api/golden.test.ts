/** Training runs of PyTorch, replayed with the binary that networks get here (test/support/golden.ts). */
import { describe, test } from 'vitest';
import { GOLDEN, replay } from '../support/golden.js';

describe('PyTorch trajectories', () => {
  test.each(GOLDEN.map((item) => [item.id, item] as const))('%s', (_, item) => replay(item));
});
