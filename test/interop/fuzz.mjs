// Changed models for every reader of gradlet/interop, for as long as one likes: each must be refused as ERR_FORMAT or become a
// network whose numbers are finite. Needs the built package, nothing of this folder's install.
//
//   npm run fuzz:interop -- [inputs = 100000] [seed = 1]

import { readFileSync } from 'node:fs';
import { activation, batchNorm, dense, dropout, layerNorm } from '../../dist/gradlet.js';
import { fromBrain, fromLayersModel, fromSklearn, fromTorchStateDict } from '../../dist/interop.js';

const inputs = Number(process.argv[2] ?? 100_000);
let state = Number(process.argv[3] ?? 1);

/** A number below `limit`: the upper bits of a linear congruential generator. */
function below(limit) {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return Math.floor((state / 2 ** 32) * limit);
}
const oneOf = (list) => list[below(list.length)];

const file = (name) => readFileSync(new URL(`../format/files/interop/${name}`, import.meta.url));
const json = (name) => JSON.parse(file(name));

const TEXTS = [
  '"__proto__":',
  '"constructor"',
  '1e400',
  '-1',
  '9007199254740993',
  '[]',
  '{}',
  'null',
  '""',
  '[[',
  '\\u0000',
  '[null,16777216]',
];
const VALUES = [null, 0, -1, 2, 1e9, 2 ** 53, Infinity, NaN, '', 'x', '__proto__', 'softmax', [], {}, [[]], true, [null, 1 << 24]];

function changeText(text) {
  let changed = text;
  for (let times = 1 + below(3); times > 0; times--) {
    const from = below(changed.length);
    const to = from + below(oneOf([4, 200]));
    const middle = oneOf([
      () => oneOf(TEXTS),
      () => oneOf(TEXTS) + changed.slice(from, to),
      () => '',
      () => changed.slice(from, to).repeat(2 + below(3)),
      () => String.fromCharCode(below(128)) + changed.slice(from + 1, to),
      () => changed.slice(from, to).replace(/\d+/, () => String(below(100))),
    ])();
    changed = changed.slice(0, from) + middle + changed.slice(to);
  }
  return changed;
}

/** Values, keys and items of the JSON exchanged, removed, or replaced. */
function changeJson(text) {
  const whole = JSON.parse(text);
  const places = [];
  const walk = (value) => {
    if (value === null || typeof value !== 'object') return;
    for (const key of Object.keys(value)) {
      places.push([value, key]);
      walk(value[key]);
    }
  };
  walk(whole);
  for (let times = 1 + below(2); times > 0; times--) {
    const [owner, key] = oneOf(places);
    const action = below(4);
    if (action < 2) owner[key] = oneOf(VALUES);
    else if (action === 2) Reflect.deleteProperty(owner, key);
    else {
      const [other, otherKey] = oneOf(places);
      owner[key] = structuredClone(other[otherKey]);
    }
  }
  return whole;
}

function changeBytes(bytes) {
  if (below(5) === 0) return bytes.slice(0, below(bytes.length));
  const changed = Uint8Array.from(bytes);
  for (let times = 1 + below(4); times > 0; times--) changed[below(oneOf([changed.length, 900]))] = oneOf([below(256), 48 + below(10)]);
  return changed;
}

const change = (text) => oneOf([changeText, changeJson])(text);

const torch = ['f32', 'f64', 'f16', 'bf16', 'module-prefix'].map((name) => file(`torch-${name}.safetensors`));
const mlp = [
  dense(8, { activation: 'relu' }),
  batchNorm(),
  dropout(0.25),
  dense(5, { useBias: false }),
  layerNorm(),
  activation('gelu'),
  dense(3, { activation: 'softmax' }),
];
const tfjs = json('tfjs.json');
const models = Object.values(tfjs).map(({ modelTopology = tfjs.mlp.modelTopology, weightSpecs, weightData }) => ({
  text: JSON.stringify({ modelTopology, weightsManifest: [{ paths: ['w'], weights: weightSpecs }] }),
  bytes: Buffer.from(weightData, 'base64'),
}));
const brains = json('brain.json').map((found) => JSON.stringify(found.json));
const sklearn = json('sklearn.json').cases.map(({ attributes }) => JSON.stringify(attributes));

const READERS = [
  () => fromTorchStateDict(changeBytes(oneOf(torch)), mlp),
  () => {
    const { text, bytes } = oneOf(models);
    return below(4) === 0 ? fromLayersModel(text, changeBytes(bytes)) : fromLayersModel(change(text), bytes);
  },
  () => fromBrain(change(oneOf(brains))),
  () => fromSklearn(change(oneOf(sklearn))),
];

const found = { networks: 0, refused: 0, failures: 0 };
for (let input = 0; input < inputs; input++) {
  const before = state;
  try {
    const network = oneOf(READERS)();
    for (const { name, data } of network.getWeights()) if (!data.every(Number.isFinite)) throw new Error(`${name} is not finite`);
    found.networks++;
  } catch (error) {
    if (error.name === 'GradletError' && error.code === 'ERR_FORMAT' && error.message.length < 1000) found.refused++;
    else {
      found.failures++;
      if (found.failures <= 5) console.error(`seed ${before}:`, error);
    }
  }
}
const polluted = Object.keys(Object.prototype).length + Object.keys(Array.prototype).length;
console.log({ inputs, ...found, polluted, megabytes: Math.round(process.memoryUsage().rss / 1e6) });
process.exitCode = found.failures + polluted > 0 ? 1 : 0;
