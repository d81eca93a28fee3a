/** The same by require. */
const gradlet = require('gradlet');
const predict = require('gradlet/predict');

const threads = process.argv[2].split(',').map(Number);
import('./program.mjs')
  .then(({ conform }) => conform(gradlet, predict, threads))
  .then((results) => {
    console.log(JSON.stringify(results));
    process.exit(0);
  });
