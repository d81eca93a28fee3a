/** What memory must bear in every runtime: many networks made and dropped, many alive, and one that no memory holds. */

const SHAPE = { inputs: 20 };

function small(gradlet, seed) {
  const { Network, dense } = gradlet;
  return new Network({ ...SHAPE, layers: [dense(16, { activation: 'relu' }), dense(3, { activation: 'softmax' })], seed });
}

const x = Float32Array.from({ length: 40 }, (_, at) => Math.sin(at));

/** Makes, trains by a step and drops `count` networks; `pause` lets the runtime collect now and then. */
export async function dropMany(gradlet, count, pause) {
  for (let index = 0; index < count; index++) {
    small(gradlet, index).trainOnBatch(x, [0, 2], { loss: 'sparseCategoricalCrossentropy', optimizer: 'adam' });
    if (index % 100 === 99) await pause();
  }
}

/** Keeps `count` networks, trained by a step each, and lets them predict in turn, twice; returns whether all stayed the same. */
export function keepMany(gradlet, count) {
  const networks = Array.from({ length: count }, (_, index) => {
    const network = small(gradlet, index);
    network.trainOnBatch(x, [0, 2], { loss: 'sparseCategoricalCrossentropy', optimizer: 'adam' });
    return network;
  });
  const predictions = networks.map((network) => network.predict(x).data.join());
  return new Set(predictions).size === count && networks.every((network, index) => network.predict(x).data.join() === predictions[index]);
}

/** What a network beyond any memory is refused with. */
export function wantTooMuch({ Network, dense }) {
  try {
    const network = new Network({ inputs: 1 << 20, layers: [dense(1 << 20)] });
    network.predict(new Float32Array(1 << 20));
  } catch ({ name, code, message }) {
    return { name, code, message };
  }
  return undefined;
}

/** The digit network, trained by a few steps. */
export async function trainDigits({ Network, dense, adam }) {
  const network = new Network({ inputs: 784, layers: [dense(128, { activation: 'relu' }), dense(10, { activation: 'softmax' })], seed: 1 });
  const images = Uint8Array.from({ length: 2000 * 784 }, (_, at) => (at * 31) % 256);
  const labels = Int32Array.from({ length: 2000 }, (_, at) => at % 10);
  const history = await network.fit(images, labels, {
    loss: 'sparseCategoricalCrossentropy',
    optimizer: adam(),
    epochs: 2,
    batchSize: 64,
    inputScale: 1 / 255,
  });
  return history.loss;
}
