// What is to be learned: for each result the network, the training, the measure and the target. It must not know how
// results are printed, stored or selected.
import { adam, cosineDecay, dense, dropout, Network, oneCycle, rmsprop, sgd } from 'gradlet';
import { readMnist, readTable } from './data.mjs';
import { measure, standardise, stratifiedFolds } from './folds.mjs';

const LOSS = 'sparseCategoricalCrossentropy';
const FOLDS = 10;
const PIXELS = 784;

/**
 * The edges of the images are blank; that warning is no news here.
 * @param {string} message
 */
function onWarning(message) {
  if (!message.includes('constant')) console.warn(message);
}

/**
 * @typedef {object} Recipe
 * @property {string} name as on the command line
 * @property {string} network
 * @property {string} training
 * @property {string} measure what the figure is
 * @property {{ atLeast: number } | { atMost: number }} target for the mean over the seeds, in percent
 * @property {(seed: number) => Promise<number>} run the figure of one seed, in percent
 */

/** @type {readonly Recipe[]} */
export const RECIPES = [
  crossValidation('iris', { units: 16, learningRate: 0.01, batchSize: 16, epochs: 50, target: 94.75 }),
  crossValidation('wine', { units: 16, learningRate: 0.01, batchSize: 16, epochs: 50, target: 97.08 }),
  crossValidation('breast-cancer', { units: 16, learningRate: 0.01, batchSize: 32, epochs: 30, target: 96.75 }),
  crossValidation('digits', { units: 64, learningRate: 0.003, batchSize: 32, epochs: 30, target: 97.02 }),
  mnist('mnist-128', {
    network: '784-128-10, relu',
    training: 'SGD, momentum 0.9, rate 0.05 to 0 along a cosine; batch 32; 20 epochs',
    layers: () => [dense(128, { activation: 'relu' })],
    optimizer: (steps) => sgd({ learningRate: cosineDecay({ initialLearningRate: 0.05, decaySteps: steps }), momentum: 0.9 }),
    batchSize: 32,
    epochs: 20,
    target: { atLeast: 98 },
  }),
  mnist('mnist-sklearn', {
    network: '784-100-100-10, relu',
    training: 'Adam, rate 0.001; batch 200; 30 epochs',
    layers: () => [dense(100, { activation: 'relu' }), dense(100, { activation: 'relu' })],
    optimizer: () => adam({ learningRate: 0.001 }),
    batchSize: 200,
    epochs: 30,
    target: { atMost: 2.4 },
  }),
  mnist('mnist-800', {
    network: '784-800-10, relu',
    training: 'SGD, momentum 0.9, rate up to 0.2 in one cycle; batch 128; 10 epochs',
    layers: () => [dense(800, { activation: 'relu' })],
    optimizer: (steps) => sgd({ learningRate: oneCycle({ maxLearningRate: 0.2, totalSteps: steps }), momentum: 0.9 }),
    batchSize: 128,
    epochs: 10,
    target: { atMost: 1.7 },
  }),
  mnist('mnist-keras', {
    network: '784-512-512-10, relu, dropout 0.2 after each hidden layer',
    training: 'RMSprop, rate 0.001, rho 0.9; batch 128; 20 epochs',
    layers: () => [dense(512, { activation: 'relu' }), dropout(0.2), dense(512, { activation: 'relu' }), dropout(0.2)],
    optimizer: () => rmsprop({ learningRate: 0.001, rho: 0.9 }),
    batchSize: 128,
    epochs: 20,
    target: { atLeast: 98.2 },
  }),
];

/**
 * The mean accuracy over ten stratified folds. The seed draws the folds and, with the fold, the network.
 * @param {string} name of a table
 * @param {{ units: number, learningRate: number, batchSize: number, epochs: number, target: number }} settings
 * @returns {Recipe}
 */
function crossValidation(name, { units, learningRate, batchSize, epochs, target }) {
  const table = readTable(name);
  return {
    name,
    network: `${table.columns}-${units}-${table.classes}, relu`,
    training: `Adam, rate ${learningRate}; batch ${batchSize}; ${epochs} epochs`,
    measure: 'accuracy, 10-fold',
    target: { atLeast: target },
    async run(seed) {
      const folds = stratifiedFolds(table.y, FOLDS, seed);
      let sum = 0;
      for (const [fold, rows] of folds.entries()) {
        const others = folds.filter((_, other) => other !== fold).flat();
        const scale = measure(table, others);
        const train = standardise(table, others, scale);
        const test = standardise(table, rows, scale);
        const network = new Network({
          inputs: table.columns,
          layers: [dense(units, { activation: 'relu' }), dense(table.classes, { activation: 'softmax' })],
          seed: seed * FOLDS + fold,
        });
        await network.fit(train.x, train.y, { loss: LOSS, optimizer: adam({ learningRate }), batchSize, epochs, onWarning });
        sum += network.evaluate(test.x, test.y, { loss: LOSS, metrics: ['accuracy'] }).accuracy;
      }
      return (100 * sum) / FOLDS;
    },
  };
}

/**
 * Accuracy or error on the 10,000 test images after training with all 60,000 others.
 * @param {string} name
 * @param {object} settings
 * @param {string} settings.network
 * @param {string} settings.training
 * @param {() => import('gradlet').Layer[]} settings.layers the hidden ones
 * @param {(steps: number) => import('gradlet').Optimizer} settings.optimizer `steps`: updates in the whole run
 * @param {number} settings.batchSize
 * @param {number} settings.epochs
 * @param {Recipe['target']} settings.target
 * @returns {Recipe}
 */
function mnist(name, { network: described, training, layers, optimizer, batchSize, epochs, target }) {
  return {
    name,
    network: described,
    training,
    measure: 'atMost' in target ? 'test error' : 'test accuracy',
    target,
    async run(seed) {
      const { train, test } = readMnist();
      const network = new Network({ inputs: PIXELS, layers: [...layers(), dense(10, { activation: 'softmax' })], seed });
      const steps = epochs * Math.ceil(train.count / batchSize);
      const inputScale = 1 / 255;
      const options = { optimizer: optimizer(steps), batchSize, epochs, inputScale, onWarning };
      await network.fit(train.images, train.labels, { loss: LOSS, ...options });
      const { accuracy } = network.evaluate(test.images, test.labels, { loss: LOSS, metrics: ['accuracy'], inputScale });
      return 100 * ('atMost' in target ? 1 - accuracy : accuracy);
    },
  };
}
