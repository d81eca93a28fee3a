// Trains tables with nothing but a target told, in 5-fold cross-validation on the folds that scikit-learn was measured on, and holds
// the means against its means (sklearn.json). It must not know how models are made.
//
//   node test/tabular/accuracy/run.mjs [name ...]
//
// A line for each data set, exit code 1 when one missed its target. A run of all of them writes the table in docs/results.md.
import { readFileSync, writeFileSync } from 'node:fs';
import { trainTable } from 'gradlet/tabular';
import { DATA, FOLDS, foldsOf, pick, SEEDS } from './data.mjs';

const RESULTS = new URL('../../../docs/results.md', import.meta.url);
const BEGIN = '<!-- tables: begin (written by test/tabular/accuracy/run.mjs) -->';
const END = '<!-- tables: end -->';
const HEADER = [
  '| table | rows, columns | measure | gradlet: mean ± deviation | seeds 1, 2, 3 | scikit-learn | its settings | target | time of a fold | Node |',
  '| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |',
];

const sklearn = JSON.parse(readFileSync(new URL('sklearn.json', import.meta.url), 'utf8'));
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
const deviation = (values) => Math.sqrt(values.reduce((sum, value) => sum + (value - mean(values)) ** 2, 0) / (values.length - 1));

/** The best settings of scikit-learn: its mean over the seeds, and what they are. @param {string} name */
function rival(name) {
  const [settings, scores] = Object.entries(sklearn.scores[name]).sort((a, b) => mean(b[1]) - mean(a[1]))[0];
  return { settings, score: mean(scores) };
}

/** @param {import('./data.mjs').DataSet} data */
async function measure(data) {
  const scores = [];
  const started = performance.now();
  for (const seed of SEEDS) {
    const fold = foldsOf(data, seed);
    let sum = 0;
    for (let index = 0; index < FOLDS; index++) {
      const train = pick(data.columns, (row) => fold[row] !== index);
      const model = await trainTable(train, { target: 'target', seed: seed * FOLDS + index, onWarning: () => undefined });
      if (model.task !== data.task) throw new Error(`${data.name}: found ${model.task}`);
      const result = model.evaluate(pick(data.columns, (row) => fold[row] === index));
      sum += result.task === 'classification' ? result.accuracy : result.r2;
    }
    scores.push(sum / FOLDS);
  }
  return { scores, seconds: (performance.now() - started) / 1000 / SEEDS.length / FOLDS };
}

const names = process.argv.slice(2);
const unknown = names.find((name) => !DATA.some((data) => data.name === name));
if (unknown) throw new Error(`expected names of data sets (${DATA.map(({ name }) => name).join(', ')}), got ${unknown}`);
const lines = [];
for (const data of DATA.filter(({ name }) => names.length === 0 || names.includes(name))) {
  const { scores, seconds } = await measure(data);
  const { settings, score } = rival(data.name);
  const classes = data.task === 'classification';
  const target = classes ? score - 0.01 : score * 0.98;
  const met = mean(scores) >= target;
  if (!met) process.exitCode = 1;
  const text = (value) => (classes ? `${(100 * value).toFixed(2)} %` : value.toFixed(4));
  const each = scores.map(text).join(', ');
  const spread = `${text(mean(scores))} ± ${text(deviation(scores))}`;
  console.log(
    `${data.name.padEnd(14)} ${spread} (${each}); scikit-learn ${text(score)}, target ${text(target)}: ${met ? 'passed' : 'FAILED'}`,
  );
  const shape = `${data.columns.target.length}, ${Object.keys(data.columns).length - 1}`;
  const cells = [data.name, shape, classes ? 'accuracy' : 'R²', spread, each, text(score), settings, `≥ ${text(target)}`];
  lines.push(`| ${[...cells, `${seconds.toFixed(2)} s`, process.versions.node].join(' | ')} |`);
}
if (names.length === 0) {
  const text = readFileSync(RESULTS, 'utf8');
  const [before, after] = [text.slice(0, text.indexOf(BEGIN) + BEGIN.length), text.slice(text.indexOf(END))];
  if (!text.includes(BEGIN) || !text.includes(END)) throw new Error('docs/results.md has lost its markers');
  writeFileSync(RESULTS, `${before}\n\n${[...HEADER, ...lines].join('\n')}\n\n${after}`);
}
