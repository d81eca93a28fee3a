/** The sections of a report, each from what it shows to its HTML. Knows no files; drawings are given as functions of specifications. */
import type { TopLevelSpec } from 'vega-lite';
import type { History } from '../../training/options.js';
import type { TableModel } from '../model.js';
import type {
  ClassificationEvaluation,
  ColumnDescription,
  ColumnImportance,
  Label,
  RegressionEvaluation,
  TableEvaluation,
} from '../types.js';
import { calibration, curves, importanceBars, type Pair, residuals, scatter } from './charts.js';
import { decimal, listing, percent, whole } from './format.js';
import { type Content, html, Markup } from './html.js';
import { calibrate, confusions } from './measures.js';

/** Draws a specification. */
export type Draw = (specification: TopLevelSpec) => Promise<string>;

/** Labels of a confusion matrix, rows of a table of labels, bars of importance. */
const MATRIX_LABELS = 20;
const BESIDE = 5;
const LISTED_LABELS = 40;
const PAIRS = 20;
const BARS = 25;
const LISTED_COLUMNS = 200;

/** A chart with what it shows in words. */
async function figure(draw: Draw, specification: TopLevelSpec, label: string, title?: string): Promise<Markup> {
  const svg = await draw(specification);
  const named = svg.replace(/^<svg /, html`<svg role="img" aria-label="${label}" `.text);
  return html`<figure>${title && html`<h3>${title}</h3>`}${new Markup(named)}</figure>`;
}

function section(title: string, note: Content, body: Content, long = false): Markup {
  return html`<section${long && html` class="long"`}><h2>${title}</h2><p class="note">${note}</p>${body}</section>\n`;
}

/** The numbers on top. */
export function figures(evaluation: TableEvaluation): Markup {
  const rows = ['rows evaluated', whole(evaluation.rows)];
  const most = evaluation.task === 'classification' ? Math.max(...evaluation.perLabel.map((label) => label.rows)) / evaluation.rows : 0;
  const all =
    evaluation.task === 'classification'
      ? [
          [`accuracy (most frequent label: ${percent(most)})`, percent(evaluation.accuracy)],
          ['balanced accuracy', percent(evaluation.balancedAccuracy)],
          ['crossentropy', decimal(evaluation.loss)],
          rows,
        ]
      : [
          ['R²', decimal(evaluation.r2)],
          ['root mean squared error', decimal(evaluation.rmse)],
          ['mean absolute error', decimal(evaluation.mae)],
          rows,
        ];
  const cards = all.map(
    ([name, value], index) => html`<div class="figure${index === 0 && ' main'}"><b>${value}</b><span>${name}</span></div>`,
  );
  return html`<div class="figures">${cards}</div>\n`;
}

/** The epoch whose weights were kept, from 1: that of the least loss on validation. */
function keptEpoch({ valLoss }: History): number | undefined {
  if (!valLoss?.length) return undefined;
  return valLoss.reduce((best, loss, index) => (loss < valLoss[best] ? index : best), 0) + 1;
}

export async function learning(draw: Draw, history: History): Promise<Markup> {
  const kept = keptEpoch(history);
  const drawn = await Promise.all(
    curves(history, kept).map(({ title, specification }) => figure(draw, specification, `${title} over the epochs`, title)),
  );
  const stopped = history.stopped === 'early' ? ', until it got no better for a while' : '';
  const note = `${whole(history.epochs)} epochs${stopped}.${kept === undefined ? '' : ` The weights of epoch ${kept} were kept, where the loss on validation was least.`}`;
  return section('Learning', note, html`<div class="pair">${drawn}</div>`);
}

function matrix({ labels, confusion }: ClassificationEvaluation, target: string): Markup {
  const head = labels.map((label) => html`<th scope="col" title="${String(label)}">${String(label)}</th>`);
  const body = confusion.map((cells, actual) => {
    const total = cells.reduce((sum, rows) => sum + rows, 0);
    const columns = cells.map((rows, predicted) => {
      const share = total ? rows / total : 0;
      const kind = rows === 0 ? 'none' : actual === predicted ? 'right' : 'wrong';
      // A single mistake among many rows must be seen, too.
      const strength = rows === 0 ? 0 : Math.round(18 + 62 * Math.sqrt(share));
      const what = `${rows} of ${total} with ${target} ${labels[actual]} predicted as ${labels[predicted]}`;
      return html`<td class="${kind}" style="--share:${strength}%" title="${what}">${rows}</td>`;
    });
    return html`<tr><th scope="row" title="${String(labels[actual])}">${String(labels[actual])}</th>${columns}</tr>`;
  });
  return html`<div class="scroll"><table class="confusion" style="--cell:${labels.length > 8 ? '2.9rem' : '5.2rem'}"><caption>predicted →</caption><thead><tr><th scope="col">actual ↓</th>${head}</tr></thead><tbody>${body}</tbody></table></div>`;
}

function pairsTable({ labels, confusion }: ClassificationEvaluation): Markup {
  const rows = confusions(confusion, PAIRS).map(
    ({ actual, predicted, rows: count }) =>
      html`<tr><th scope="row">${String(labels[actual])}</th><td class="text">${String(labels[predicted])}</td><td>${whole(count)}</td></tr>`,
  );
  return html`<div class="scroll"><table class="full"><thead><tr><th scope="col">actual</th><th scope="col" class="text">predicted</th><th scope="col">rows</th></tr></thead><tbody>${rows}</tbody></table></div>`;
}

function labelTable({ perLabel }: ClassificationEvaluation): Markup {
  const listed =
    perLabel.length > LISTED_LABELS
      ? [...perLabel]
          .filter(({ rows }) => rows > 0)
          .sort((a, b) => a.f1 - b.f1)
          .slice(0, LISTED_LABELS)
      : perLabel;
  const rows = listed.map(
    ({ label, precision, recall, f1, rows: count }) =>
      html`<tr><th scope="row" title="${String(label)}">${String(label)}</th><td>${percent(precision)}</td><td>${percent(recall)}</td><td>${percent(f1)}</td><td>${whole(count)}</td></tr>`,
  );
  return html`<div class="scroll"><table class="full"><thead><tr><th scope="col">label</th><th scope="col">precision</th><th scope="col">recall</th><th scope="col">F1</th><th scope="col">rows</th></tr></thead><tbody>${rows}</tbody></table></div>`;
}

export function labels(evaluation: ClassificationEvaluation, target: string): Markup {
  const { labels: all, unknown } = evaluation;
  const large = all.length > MATRIX_LABELS;
  const what = large ? `The ${PAIRS} most frequent confusions among ${all.length} labels` : 'Rows by actual and predicted label';
  const worst = all.length > LISTED_LABELS ? `; of the labels, the ${LISTED_LABELS} with the least F1` : '';
  const strange = unknown ? ` ${whole(unknown)} rows have labels that the model does not know; they count as wrong.` : '';
  // Side by side while the matrix is small.
  const layout = large || all.length <= BESIDE ? 'pair' : 'stack';
  const body = html`<div class="${layout}"><div>${large ? pairsTable(evaluation) : matrix(evaluation, target)}</div><div>${labelTable(evaluation)}</div></div>`;
  return section(large ? 'Confusions' : 'Confusion matrix', `${what}${worst}.${strange}`, body);
}

/** What the model said of a row, and what was true. */
export interface Answer {
  readonly confidence: number;
  readonly right: boolean;
}

export async function confidence(draw: Draw, answers: readonly Answer[], names: readonly Label[]): Promise<Markup> {
  const { bins, error } = calibrate(
    answers.map((answer) => answer.confidence),
    answers.map(({ right }) => right),
  );
  const specification = calibration(bins, names.length === 2 ? 0.5 : 0);
  const rows = bins.map(
    ({ confidence: mean, accuracy, rows: count }) =>
      html`<tr><td>${percent(mean)}</td><td>${percent(accuracy)}</td><td>${whole(count)}</td></tr>`,
  );
  const table = html`<table class="full"><thead><tr><th scope="col">said</th><th scope="col">was right</th><th scope="col">rows</th></tr></thead><tbody>${rows}</tbody></table>`;
  const note = `Of rows that were given a probability of 80 %, four in five should be right: points on the dashed line. Expected calibration error ${percent(error)}.`;
  const drawn = await figure(draw, specification, 'Share that was right over the probability of the likeliest label');
  return section('Calibration', note, html`<div class="pair">${drawn}<div class="scroll">${table}</div></div>`);
}

export async function errors(draw: Draw, pairs: readonly Pair[], evaluation: RegressionEvaluation, target: string): Promise<Markup> {
  const drawn = await Promise.all([
    figure(draw, scatter(pairs, target), 'Predicted over actual values', 'Predicted and actual'),
    figure(draw, residuals(pairs), 'How often errors of which size are made', 'Residuals'),
  ]);
  const shown = pairs.length < evaluation.rows ? ` ${whole(pairs.length)} rows are shown, drawn at random.` : '';
  return section('Residuals', `On the dashed line predictions are exact.${shown}`, html`<div class="pair">${drawn}</div>`);
}

export async function importance(draw: Draw, columns: readonly ColumnImportance[], measure: string): Promise<Markup> {
  const shown = columns.slice(0, BARS);
  const more = columns.length > BARS ? ` The ${BARS} most important of ${columns.length} columns.` : '';
  const note = `How much ${measure} drops when the values of a column are shuffled among the rows; the thin line is the deviation over the repeats. Columns that say the same share their importance.${more}`;
  const drawn = await figure(draw, importanceBars(shown, measure), 'Importance of columns');
  return section('Importance of columns', note, html`<div class="scroll">${drawn}</div>`);
}

/** What a column was found to be, in words. */
function explain(column: ColumnDescription): string {
  const missing = column.missing && column.features > 0 ? '; some are missing' : '';
  return `${explainValues(column)}${missing}`;
}

function explainValues(column: ColumnDescription): string {
  const { kind, mean, deviation = 0, minimum, maximum, categories = [], others, parts = [], markers = [], reason = '' } = column;
  const marked = markers.length ? `; ${listing(markers, 3)} for none` : '';
  if (kind === 'ignore') return reason;
  if (kind === 'number')
    return `${decimal(minimum as number)} to ${decimal(maximum as number)}, mean ${decimal(mean as number)} ± ${decimal(deviation)}${marked}`;
  if (kind === 'boolean') return `${percent(mean as number)} true`;
  if (kind === 'date')
    return listing(
      parts.map(({ part }) => part),
      7,
    );
  return `${listing(categories, 6)}${others ? ', others' : ''}`;
}

export function columns(all: readonly ColumnDescription[]): Markup {
  const rows = all
    .slice(0, LISTED_COLUMNS)
    .map(
      (column) =>
        html`<tr${column.features === 0 && html` class="unused"`}><th scope="row" title="${column.name}">${column.name}</th><td class="text"><span class="kind">${column.features ? column.kind : 'not used'}</span></td><td>${column.features}</td><td class="text">${explain(column)}</td></tr>`,
    );
  const table = html`<div class="scroll"><table class="full"><thead><tr><th scope="col">column</th><th scope="col" class="text">kind</th><th scope="col">inputs</th><th scope="col" class="text">values while training</th></tr></thead><tbody>${rows}</tbody></table></div>`;
  const used = all.filter(({ features }) => features > 0).length;
  const inputs = all.reduce((sum, { features }) => sum + features, 0);
  const note = `${used} of ${all.length} columns are used and become ${inputs} inputs of the network.`;
  return section('Columns', all.length > LISTED_COLUMNS ? `${note} The first ${LISTED_COLUMNS} are listed.` : note, table, true);
}

export function settings({ settings: chosen, network, target, task }: TableModel, date: Date): Markup {
  const { runtime, seed, numerics } = network;
  const parameters = network.getWeights().reduce((sum, { data }) => sum + data.length, 0);
  const platform = (globalThis as { process?: { versions?: Record<string, string> } }).process?.versions?.node;
  const agent = (globalThis as { navigator?: { userAgent?: string } }).navigator?.userAgent;
  const entries: [string, string][] = [
    ['predicts', `${target} (${task})`],
    ['hidden layers', chosen.hidden.length ? `${chosen.hidden.join(', ')} (${chosen.activation})` : 'none'],
    ['parameters', whole(parameters)],
    ['optimizer', chosen.learningRate === undefined ? chosen.optimizer : `${chosen.optimizer}, rate ${decimal(chosen.learningRate)}`],
    ['batch size', whole(chosen.batchSize)],
    ['most epochs', whole(chosen.epochs)],
    ['patience', chosen.patience ? `${whole(chosen.patience)} epochs` : 'none'],
    ['rows trained on', whole(chosen.rows)],
    ['rows for validation', whole(chosen.validationRows)],
    ['penalty l2', decimal(chosen.l2)],
    ['dropout', decimal(chosen.dropout)],
    ['seed', String(seed)],
    ['numerics', `${numerics}, ${runtime.binary} binary`],
    ['trained with', `gradlet ${chosen.version}`],
    ['report made', `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`],
    ['by', platform ? `Node ${platform}` : (agent ?? 'an unknown runtime')],
  ];
  const items = entries.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`);
  return section('Settings and versions', 'With the same table, seed and version the same model comes out.', html`<dl>${items}</dl>`);
}
