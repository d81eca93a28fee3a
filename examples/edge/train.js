// @ts-check
// Trains the model that the Worker comes with, from deliveries of all cities, and writes it beside this file.
// node train.js [path]

import { writeFileSync } from 'node:fs';
import { adam, dense, Network } from 'gradlet';
import { makeDeliveries } from './deliveries.js';
import { MINUTES, readDeliveries } from './orders.js';

const network = new Network({
  inputs: 5,
  layers: [dense(16, { activation: 'tanh' }), dense(8, { activation: 'tanh' }), dense(1)],
  seed: 7,
  numerics: 'reproducible',
});
const { x, y } = readDeliveries({ deliveries: makeDeliveries(1000, { seed: 1 }) });
await network.fit(x, y, { loss: 'huber', optimizer: adam({ learningRate: 0.01 }), epochs: 60 });
network.metadata = { predicts: `a delivery's minutes / ${MINUTES}` };

const test = readDeliveries({ deliveries: makeDeliveries(1000, { seed: 2 }) });
const { meanAbsoluteError } = network.evaluate(test.x, test.y, { loss: 'huber', metrics: ['meanAbsoluteError'] });
const path = process.argv[2] ?? new URL('model.safetensors', import.meta.url);
writeFileSync(path, network.save());
console.log(`off by ${(meanAbsoluteError * MINUTES).toFixed(1)} minutes on average; saved ${network.save().length} bytes`);
