/** With the library of a platform, its own classes fit. */
import { dense, Network } from 'gradlet';

const network = new Network({ inputs: 1, layers: [dense(1)] });
const controller = new AbortController();
network.fit([1], [1], {
  loss: 'meanSquaredError',
  optimizer: 'sgd',
  signal: controller.signal,
  worker: true,
  workerUrl: new URL('https://example.com/worker.js'),
});
export const response = new Response(network.save());
export const blob = new Blob([network.save(), network.predict([1]).data]);
