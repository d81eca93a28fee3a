/** The ways to give the host its turn, on hosts that lack some of them. Knows nothing of training. */
import { afterEach, expect, it, vi } from 'vitest';
import { yieldToHost } from '../../src/runtime/yield.js';

afterEach(() => vi.unstubAllGlobals());

const refuse = (): never => {
  throw new Error('A Node.js API is used (setImmediate) which is not supported in the Edge Runtime.');
};
class NoChannel {
  constructor() {
    refuse();
  }
}

it.each([
  ['everything', {}],
  ['no setImmediate', { setImmediate: undefined }],
  ['a setImmediate that throws', { setImmediate: refuse }],
  ['neither setImmediate nor MessageChannel', { setImmediate: undefined, MessageChannel: undefined }],
  ['both, but for show', { setImmediate: refuse, MessageChannel: NoChannel }],
])('comes back in a later turn on a host with %s', async (_, globals) => {
  for (const [name, value] of Object.entries(globals)) vi.stubGlobal(name, value);
  let others = false;
  void Promise.resolve().then(() => {
    others = true;
  });
  await yieldToHost();
  expect(others).toBe(true);
});
