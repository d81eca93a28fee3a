/**
 * The program that every runtime runs: trains, stops in the middle, saves, loads, resumes, predicts, and hashes what came of it. Uses
 * the package as its users do, and nothing of a runtime but `crypto.subtle`.
 */

/** Whole numbers that are the same everywhere (a linear congruential generator). */
function* integers(seed) {
  for (let state = seed; ; ) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield state >>> 16;
  }
}

const ROWS = 480;
const INPUTS = 40;
const CLASSES = 5;

/** Rows around one centre for each class. */
function makeData() {
  const numbers = integers(20);
  const next = () => numbers.next().value / 65536 - 0.5;
  const centres = Float32Array.from({ length: CLASSES * INPUTS }, next);
  const labels = Int32Array.from({ length: ROWS }, () => numbers.next().value % CLASSES);
  const x = Float32Array.from(
    { length: ROWS * INPUTS },
    (_, at) => centres[labels[Math.floor(at / INPUTS)] * INPUTS + (at % INPUTS)] + next(),
  );
  return { x, labels };
}

async function sha256(arrays) {
  const bytes = new Uint8Array(arrays.reduce((sum, { byteLength }) => sum + byteLength, 0));
  let at = 0;
  for (const { buffer, byteOffset, byteLength } of arrays) {
    bytes.set(new Uint8Array(buffer, byteOffset, byteLength), at);
    at += byteLength;
  }
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function historyNumbers({ loss, valLoss, metrics, valMetrics }) {
  return Float64Array.from([...loss, ...valLoss, ...metrics.accuracy, ...valMetrics.accuracy]);
}

/** One run on `threads` threads. `gradlet` and `predict` are the namespaces of the two entries. */
async function runOnce(gradlet, predict, threads, more) {
  const { Network, dense, batchNorm, layerNorm, dropout, adam, cosineDecay } = gradlet;
  const { x, labels } = makeData();
  const network = new Network({
    inputs: INPUTS,
    layers: [
      dense(96, { activation: 'gelu' }),
      batchNorm(),
      dropout(0.25),
      dense(64, { activation: 'tanh', kernelRegularizer: { l2: 1e-4 } }),
      layerNorm(),
      dense(CLASSES, { activation: 'softmax' }),
    ],
    seed: 42,
    numerics: 'reproducible',
  });
  const options = {
    loss: 'sparseCategoricalCrossentropy',
    optimizer: adam({ learningRate: cosineDecay({ initialLearningRate: 0.01, decaySteps: 60, warmupSteps: 6, alpha: 0.1 }) }),
    epochs: 6,
    batchSize: 32,
    validationSplit: 0.2,
    metrics: ['accuracy'],
    clipNorm: 1,
    ...(threads > 1 && { threads }),
    ...more,
  };
  await network.fit(x, labels, { ...options, onBatch: ({ epoch, batch }) => !(epoch === 3 && batch === 4) });
  const bytes = network.save({ trainingState: true });
  const loaded = Network.load(bytes);
  const history = await loaded.fit(x, labels, { ...options, resume: bytes });
  const { data } = loaded.predict(x);
  const parts = {
    weights: await sha256(loaded.getWeights().map((weight) => weight.data)),
    history: await sha256([historyNumbers(history)]),
    predictions: await sha256([data]),
  };
  const predicted = predict.Network.load(loaded.save()).predict(x).data;
  if ((await sha256([predicted])) !== parts.predictions) throw new Error('gradlet/predict gives other bits than gradlet');
  return { ...parts, accuracy: history.valMetrics.accuracy.at(-1), runtime: { ...loaded.runtime, ...network.runtime } };
}

/**
 * Runs on each of the thread counts given. Returns for each what was hashed, how it ran, and how long it took.
 * @param more further options of fit, such as `worker`
 */
export async function conform(gradlet, predict, threadCounts, more = {}) {
  const results = [];
  for (const threads of threadCounts) {
    const start = performance.now();
    const { weights, history, predictions, accuracy, runtime } = await runOnce(gradlet, predict, threads, more);
    const hash = await sha256([new TextEncoder().encode([weights, history, predictions].join())]);
    results.push({
      wanted: threads,
      worker: more.worker ?? false,
      threads: runtime.threads,
      binary: runtime.binary,
      reason: runtime.reason,
      accuracy,
      hash,
      weights,
      history,
      predictions,
      ms: Math.round(performance.now() - start),
    });
  }
  return results;
}
