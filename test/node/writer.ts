// Saves one network after the other to the same file, for crash.test.ts to kill: number n has n for every weight and for `turn`.

import { writeSync } from 'node:fs';
import { dense, Network } from '../../src/index.js';
import { saveFile } from '../../src/node.js';

const network = new Network({ inputs: 250, layers: [dense(200, { useBias: false })], seed: 1 });
const weights = new Float32Array(250 * 200);

for (let turn = 1; ; turn++) {
  network.setWeights([weights.fill(turn)]);
  network.metadata = { turn: String(turn) };
  saveFile(network, process.argv[2]);
  // Not before the file is there.
  writeSync(1, `${turn}\n`);
}
