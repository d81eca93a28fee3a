// The slow learning suite: trains every recipe with several seeds and compares the mean with its target. It must not know
// networks or data; those are in recipes.mjs.
//
//   node test/learning/run.mjs [name ...] [--seeds n]
//
// All results with five seeds, or those named. A line for each as it comes, `N passed, N failed` at the end, exit code 1 when
// a target was missed. Results of five seeds go to docs/results.md.
import { parseArgs } from 'node:util';
import { RECIPES } from './recipes.mjs';
import { bound, duration, isMet, spread, writeTable } from './report.mjs';

const SEEDS = 5;
const RESULTS = new URL('../../docs/results.md', import.meta.url);
const names = RECIPES.map(({ name }) => name);

/** @param {string} message */
function refuse(message) {
  console.error(message);
  process.exit(2);
}

function readArguments() {
  try {
    const { values, positionals } = parseArgs({ allowPositionals: true, options: { seeds: { type: 'string', default: `${SEEDS}` } } });
    const unknown = positionals.find((name) => !names.includes(name));
    if (unknown !== undefined) refuse(`expected names of results (${names.join(', ')}), got ${unknown}`);
    const seeds = Number(values.seeds);
    if (!Number.isInteger(seeds) || seeds < 1) refuse(`--seeds: expected an integer from 1, got ${values.seeds}`);
    return { chosen: RECIPES.filter(({ name }) => positionals.length === 0 || positionals.includes(name)), seeds };
  } catch (error) {
    return refuse(error.message);
  }
}

const { chosen, seeds } = readArguments();
const width = Math.max(...names.map((name) => name.length));
let passed = 0;
let failed = 0;
for (const recipe of chosen) {
  process.stdout.write(`${recipe.name.padEnd(width)}  ${recipe.measure}, seeds:`);
  const started = performance.now();
  const figures = [];
  try {
    for (let seed = 1; seed <= seeds; seed++) {
      figures.push(await recipe.run(seed));
      process.stdout.write(` ${figures.at(-1).toFixed(2)}`);
    }
    const outcome = { recipe, figures, seconds: (performance.now() - started) / 1000 };
    const met = isMet(outcome);
    met ? passed++ : failed++;
    const verdict = met ? 'passed' : 'FAILED';
    console.log(`; ${spread(figures)} (target ${bound(recipe.target)}), ${duration(outcome.seconds)}: ${verdict}`);
    if (seeds === SEEDS) writeTable(RESULTS, [outcome], names);
  } catch (error) {
    failed++;
    console.log(`; FAILED: ${error.stack}`);
  }
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
