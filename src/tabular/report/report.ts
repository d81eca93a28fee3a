/** The report: one HTML file about a model, without scripts and without anything from a network. Knows sections; not how they draw. */
import { checkOptions, show } from '../../check.js';
import { isMissing, toNumber } from '../cells.js';
import { permutationImportance } from '../importance.js';
import { checkModel } from '../model.js';
import { DRAW, drawOrder } from '../split.js';
import { openTable, pickRows } from '../table.js';
import { labelIndex, targetCells } from '../target.js';
import type { ReportOptions } from '../types.js';
import type { Pair } from './charts.js';
import { draw } from './draw.js';
import { html, Markup } from './html.js';
import { type Answer, columns, confidence, errors, figures, importance, labels, learning, settings } from './sections.js';
import { STYLE } from './style.js';

const KEYS = ['model', 'table', 'evaluation', 'importance', 'history', 'title', 'source', 'date'];
/** Rows of the charts that show single rows, and of calibration. */
const SHOWN = 1000;
const COUNTED = 20_000;

/** Nothing but the style is allowed, whatever came in with the data. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'";

/** A row's answer is the likeliest label, or a number. */
function answersOf({ model, table }: ReportOptions, most: number): { answers: Answer[]; pairs: Pair[] } {
  const whole = openTable('reportHtml: table', table);
  const { rows } = targetCells('reportHtml', whole, model.description.target);
  const picked = drawOrder(rows.length, 0, DRAW.importance)
    .subarray(0, most)
    .sort()
    .map((index) => rows[index]);
  const source = pickRows(whole, picked);
  const predictions = model.predictSource('reportHtml', source);
  const cell = source.column(model.target);
  const place = model.labels && labelIndex(model.labels);
  const answers: Answer[] = [];
  const pairs: Pair[] = [];
  for (const [row, { label, probabilities, value }] of predictions.entries()) {
    const actual = cell(row);
    if (isMissing(actual)) continue;
    if (value !== undefined) pairs.push({ actual: toNumber(actual) as number, predicted: value });
    else {
      const at = place?.(actual);
      answers.push({ confidence: probabilities[String(label)], right: at !== undefined && model.labels?.[at] === label });
    }
  }
  return { answers, pairs };
}

/** The text of the file. */
export async function writeReport(options: ReportOptions): Promise<string> {
  checkOptions('reportHtml', options, KEYS);
  const { model, table, source, date = new Date() } = options;
  checkModel('reportHtml: model', model);
  if (!(date instanceof Date) || Number.isNaN(date.getTime())) throw new TypeError(`reportHtml: date: expected a Date, got ${show(date)}`);
  const { evaluation = model.evaluate(table), history = model.history, title = model.target } = options;
  const measure = evaluation.task === 'classification' ? 'accuracy' : 'R²';
  const found = options.importance === false ? undefined : (options.importance ?? permutationImportance(model, table));
  const parts: Markup[] = [figures(evaluation)];
  if (history?.epochs) parts.push(await learning(draw, history));
  if (evaluation.task === 'classification') {
    parts.push(labels(evaluation, model.target));
    parts.push(await confidence(draw, answersOf(options, COUNTED).answers, evaluation.labels));
  } else {
    parts.push(await errors(draw, answersOf(options, SHOWN).pairs, evaluation, model.target));
  }
  if (found?.length) parts.push(await importance(draw, found, measure));
  parts.push(columns(model.columns), settings(model, date));
  const about = `${model.task} of ${model.target}${source === undefined ? '' : `, evaluated on ${source}`}`;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${new Markup(STYLE)}</style>
</head>
<body>
<header><h1>${title}</h1><p>${about}</p></header>
<main>
${parts}</main>
<footer>Made by gradlet. This file needs no network.</footer>
</body>
</html>
`.text;
}
