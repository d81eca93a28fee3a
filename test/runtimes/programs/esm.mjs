/** The conformance program in a runtime with a command line, by import; prints one line of JSON. */
import * as gradlet from 'gradlet';
import * as predict from 'gradlet/predict';
import { conform } from './program.mjs';

const threads = process.argv[2].split(',').map(Number);
const results = [...(await conform(gradlet, predict, threads)), ...(await conform(gradlet, predict, [1], { worker: true }))];
console.log(JSON.stringify(results));
process.exit(0);
