// Writes what the root tests read without these libraries: models of TensorFlow.js and brain.js with what they answer.
// `npm ci --prefix test/interop && node test/interop/make-fixtures.mjs`

import { writeFileSync } from 'node:fs';
import brain from 'brain.js';
import brain1 from 'brain.js-1';
import { brainCases } from './brains.mjs';
import { answers, artifactsOf, loadModel, quantize, tfModel } from './models.mjs';

const folder = new URL('../format/files/interop/', import.meta.url);
const write = (name, value) => writeFileSync(new URL(name, folder), `${JSON.stringify(value)}\n`);
const base64 = (buffer) => Buffer.from(buffer).toString('base64');

const models = {};
for (const name of ['mlp', 'activations', 'image']) {
  const { model, x, shape } = tfModel(name);
  const artifacts = await artifactsOf(model);
  const { modelTopology, weightSpecs, weightData } = artifacts;
  models[name] = { modelTopology, weightSpecs, weightData: base64(weightData), x: [...x], outputs: answers(model, x, shape) };
  if (name !== 'mlp') continue;
  for (const dtype of ['uint8', 'uint16', 'float16']) {
    const small = quantize(artifacts, dtype);
    const outputs = answers(await loadModel(small), x, shape);
    models[dtype] = { weightSpecs: small.weightSpecs, weightData: base64(small.weightData), outputs };
  }
}
write('tfjs.json', models);
write('brain.json', [...brainCases(brain, 2), ...brainCases(brain1, 1)]);
