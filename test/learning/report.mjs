// Figures as text: one line for the terminal, one row for docs/results.md, where rows of other results stay as they are. It
// must not know networks or data.
import { readFileSync, writeFileSync } from 'node:fs';

const BEGIN = '<!-- results: begin (written by test/learning/run.mjs) -->';
const END = '<!-- results: end -->';
const HEADER = [
  '| result | network | training | measure | target | mean ± deviation | seeds 1, 2, … | time | Node |',
  '| --- | --- | --- | --- | --- | --- | --- | --- | --- |',
];

/**
 * @typedef {object} Outcome
 * @property {import('./recipes.mjs').Recipe} recipe
 * @property {number[]} figures one for each seed, from seed 1
 * @property {number} seconds for all of them
 */

/** @param {number[]} figures */
function statistics(figures) {
  const mean = figures.reduce((sum, figure) => sum + figure, 0) / figures.length;
  const squares = figures.reduce((sum, figure) => sum + (figure - mean) ** 2, 0);
  return { mean, deviation: figures.length > 1 ? Math.sqrt(squares / (figures.length - 1)) : 0 };
}

/** @param {Outcome} outcome */
export function isMet({ recipe: { target }, figures }) {
  const { mean } = statistics(figures);
  return 'atLeast' in target ? mean >= target.atLeast : mean <= target.atMost;
}

/** @param {number[]} figures */
export function spread(figures) {
  const { mean, deviation } = statistics(figures);
  return `${mean.toFixed(2)} ± ${deviation.toFixed(2)} %`;
}

/** @param {import('./recipes.mjs').Recipe['target']} target */
export function bound(target) {
  return 'atLeast' in target ? `≥ ${target.atLeast} %` : `≤ ${target.atMost} %`;
}

/** @param {number} seconds */
export function duration(seconds) {
  return seconds < 100 ? `${seconds.toFixed(1)} s` : `${Math.round(seconds)} s`;
}

/** @param {Outcome} outcome */
function row({ recipe, figures, seconds }) {
  const each = figures.map((figure) => figure.toFixed(2)).join(', ');
  const cells = [recipe.name, recipe.network, recipe.training, recipe.measure, bound(recipe.target), spread(figures), each];
  return `| ${[...cells, duration(seconds), process.versions.node].join(' | ')} |`;
}

/**
 * Puts the outcomes into the table between the markers, in the order of `names`.
 * @param {URL} file
 * @param {readonly Outcome[]} outcomes
 * @param {readonly string[]} names of all results
 */
export function writeTable(file, outcomes, names) {
  const text = readFileSync(file, 'utf8');
  const [from, to] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (from < 0 || to < from) throw new Error(`${file.pathname}: the markers of the table are missing`);
  const old = text.slice(from, to).split('\n');
  const rows = names.flatMap((name) => {
    const outcome = outcomes.find(({ recipe }) => recipe.name === name);
    return outcome ? [row(outcome)] : old.filter((line) => line.startsWith(`| ${name} |`));
  });
  writeFileSync(file, `${text.slice(0, from)}${[BEGIN, '', ...HEADER, ...rows, '', END].join('\n')}${text.slice(to + END.length)}`);
}
