/** A process that loads the package, makes a network and predicts once; prints the milliseconds since its start. */
import { dense, Network } from 'gradlet';

const network = new Network({ inputs: 4, layers: [dense(16, { activation: 'relu' }), dense(3, { activation: 'softmax' })], seed: 1 });
network.predict([1, 2, 3, 4]);
process.stdout.write(String(performance.now()));
