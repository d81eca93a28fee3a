// Where there are no files, a checkpoint is refused before anything is done, and the remedy is named.

import { afterEach, expect, it, vi } from 'vitest';
import { Network } from '../../src/index.js';
import { failureOf, smallData, smallNetwork, weightBits } from '../api/support.js';

afterEach(() => void vi.unstubAllGlobals());

const { x, y } = smallData();
const options = { loss: 'meanSquaredError', optimizer: 'sgd', checkpoint: { path: 'run.safetensors' } } as const;

it.each([
  ['no process', undefined],
  ['a process of a page', {}],
  ['a process that gives no modules away', { getBuiltinModule: () => undefined }],
])('a checkpoint with %s is refused', async (_, process) => {
  const network = smallNetwork();
  const before = weightBits(network);
  vi.stubGlobal('process', process);
  const error = await failureOf(() => network.fit(x, y, options));
  vi.unstubAllGlobals();
  expect(error).toMatchObject({
    code: 'ERR_RUNTIME',
    message: expect.stringMatching(/fit: checkpoint needs a file system.*gradlet\/node/),
  });
  expect(weightBits(network)).toEqual(before);
  expect(await network.fit(x, y, { ...options, checkpoint: undefined })).toMatchObject({ epochs: 1 });
  expect(network).toBeInstanceOf(Network);
});
