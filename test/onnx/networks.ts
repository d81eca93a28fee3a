/** The random networks that are exported, with weights as training may leave them. */
import { Network } from '../../src/index.js';
import { randomArchitecture } from '../support/architectures.js';
import { type Random, seeded } from '../support/random.js';

/** As many as are promised to agree with ONNX Runtime. */
export const NETWORKS = 200;

/** Random numbers for a tensor by what it is: kernels keep the size of what goes through, variances are above 0. */
function randomTensor(random: Random, name: string, shape: readonly number[], count: number): number[] {
  if (name.endsWith('kernel')) return random.floats(count, -1, 1).map((value) => value * Math.sqrt(3 / shape[0]));
  if (name.endsWith('gamma') || name.endsWith('runningVariance')) return random.floats(count, 0.5, 1.5);
  return random.floats(count, -0.5, 0.5);
}

/** The n-th network, and samples for it. */
export function randomNetwork(index: number): { network: Network; samples: Float32Array; rows: number; columns: number } {
  const random = seeded(1000 + index);
  const { inputs, layers } = randomArchitecture(random);
  const network = new Network({ inputs, layers, seed: index });
  network.setWeights(network.getWeights().map(({ name, shape, data }) => randomTensor(random, name, shape, data.length)));
  const rows = random.integer(1, 40);
  return { network, samples: Float32Array.from(random.floats(rows * inputs, -2, 2)), rows, columns: inputs };
}
