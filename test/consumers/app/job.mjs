/** What every consumer does: trains with gradlet, predicts with gradlet/predict, and says how it went. */
import { adam, dense, Network } from 'gradlet';
import { Network as Predictor } from 'gradlet/predict';

export async function job() {
  const network = new Network({
    inputs: 2,
    layers: [dense(8, { activation: 'tanh' }), dense(1, { activation: 'sigmoid' })],
    seed: 1,
    numerics: 'reproducible',
  });
  const x = [0, 0, 0, 1, 1, 0, 1, 1];
  await network.fit(x, [0, 1, 1, 0], { loss: 'binaryCrossentropy', optimizer: adam({ learningRate: 0.1 }), epochs: 200, batchSize: 4 });
  const predictor = Predictor.load(network.save());
  const { data } = predictor.predict(x);
  return { classes: predictor.predictClasses(x).join(), same: network.predict(x).data.join() === data.join(), bits: data.join() };
}
