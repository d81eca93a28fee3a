// Loads what train.py saved, answers the same, trains on, and writes both networks back for PyTorch (check.py).
// node serve.js [folder]

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { activation, adam, batchNorm, dense, dropout } from 'gradlet';
import { fromTorchStateDict, toTorchStateDict } from 'gradlet/interop';

const folder = process.argv[2] ?? 'out/pytorch';
const { x, y, answers } = JSON.parse(readFileSync(join(folder, 'samples.json'), 'utf8'));

// A state dict has tensors and no layers: they are said here, as network.py has them.
const network = fromTorchStateDict(readFileSync(join(folder, 'model.safetensors')), [
  dense(32, { activation: 'silu' }),
  batchNorm(),
  dropout(0.1),
  dense(16, { activation: 'tanh' }),
  dense(3),
  activation('softmax'),
], { seed: 1 });

const { data } = network.predict(x);
const difference = Math.max(...answers.flat().map((value, index) => Math.abs(value - data[index])));
console.log(`gradlet answers as PyTorch does: largest difference ${difference.toExponential(1)}`);
writeFileSync(join(folder, 'unchanged.safetensors'), toTorchStateDict(network));

const options = { loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] };
const before = network.evaluate(x, y, options);
await network.fit(x, y, { ...options, optimizer: adam({ learningRate: 0.002 }), epochs: 20 });
const after = network.evaluate(x, y, options);
console.log(`trained on here: loss ${before.loss.toFixed(4)} → ${after.loss.toFixed(4)}`);
writeFileSync(join(folder, 'trained.safetensors'), toTorchStateDict(network));
const rows = Array.from({ length: x.length }, (_, row) => [...network.predict([x[row]]).data]);
writeFileSync(join(folder, 'trained.json'), JSON.stringify(rows));
