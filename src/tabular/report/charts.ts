/**
 * The charts of a report as Vega-Lite specifications. Colours are variables of the page's style, so that one drawing serves light and
 * dark. Knows numbers; neither models nor HTML.
 */
import type { TopLevelSpec } from 'vega-lite';
import type { History } from '../../training/options.js';
import type { ColumnImportance } from '../types.js';
import type { CalibrationBin } from './measures.js';

export const INK = 'var(--ink)';
export const MUTED = 'var(--muted)';
const LINE = 'var(--line)';
const FIRST = 'var(--first)';
const SECOND = 'var(--second)';

const WIDTH = 480;
const HEIGHT = 270;
const FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif';
/** Points of a curve; longer ones are thinned out. */
const CURVE_POINTS = 250;
/** Room for a column's name. */
const NAME_WIDTH = 220;

const CONFIG = {
  background: 'transparent',
  aria: false,
  font: FONT,
  view: { stroke: null },
  axis: {
    labelColor: MUTED,
    titleColor: MUTED,
    gridColor: LINE,
    domainColor: LINE,
    tickColor: LINE,
    labelFontSize: 12,
    titleFontSize: 12,
    titleFontWeight: 'normal',
    labelPadding: 6,
    titlePadding: 8,
    tickSize: 4,
  },
  axisX: { grid: false, tickCount: 6, labelFlush: false },
  axisY: { domain: false, ticks: false, tickCount: 5 },
  legend: {
    labelColor: INK,
    labelFontSize: 12,
    title: null,
    orient: 'top',
    direction: 'horizontal',
    symbolStrokeWidth: 3,
    offset: 6,
    padding: 0,
  },
  text: { fill: INK, font: FONT },
};

function chart(body: object, size: { width?: number; height?: number } = {}): TopLevelSpec {
  const { width = WIDTH, height = HEIGHT } = size;
  const frame = { width, height, padding: 4, autosize: { type: 'fit', contains: 'padding' }, config: CONFIG };
  // The types of specifications are wider than what literals infer.
  return { ...frame, ...body } as unknown as TopLevelSpec;
}

/** Every so many of the points, the last one among them. */
function thin<T>(points: readonly T[]): readonly T[] {
  const step = Math.ceil(points.length / CURVE_POINTS);
  return points.filter((_, index) => (points.length - 1 - index) % step === 0);
}

/** One measure over the epochs. `best` is marked: the epoch whose weights were kept, from 1. */
export function curve(
  title: string,
  training: readonly number[],
  validation: readonly number[] | undefined,
  best: number | undefined,
): TopLevelSpec {
  const points = (values: readonly number[], name: string) =>
    thin(values.map((value, index) => ({ epoch: index + 1, value: Number.isFinite(value) ? value : null, name })));
  const values = [...points(training, 'training'), ...(validation ? points(validation, 'validation') : [])];
  const color = {
    field: 'name',
    type: 'nominal',
    scale: { domain: validation ? ['training', 'validation'] : ['training'], range: [FIRST, SECOND] },
  };
  const x = {
    field: 'epoch',
    type: 'quantitative',
    title: 'epoch',
    axis: { format: 'd', tickMinStep: 1 },
    scale: { nice: false, zero: false },
  };
  const y = { field: 'value', type: 'quantitative', title, scale: { zero: false } };
  const marked = best === undefined ? [] : [{ epoch: best, value: (validation ?? training)[best - 1], text: `kept: epoch ${best}` }];
  const right = best !== undefined && best > 0.7 * training.length;
  const rule = {
    data: { values: marked },
    layer: [
      { mark: { type: 'rule', strokeDash: [4, 4], stroke: MUTED }, encoding: { x } },
      {
        mark: { type: 'text', align: right ? 'right' : 'left', dx: right ? -6 : 6, y: 8, fontSize: 11, fill: MUTED },
        encoding: { x, text: { field: 'text' } },
      },
    ],
  };
  return chart({
    layer: [
      { data: { values: [...values] }, mark: { type: 'line', strokeWidth: 2, point: training.length === 1 }, encoding: { x, y, color } },
      ...(marked.length ? [rule] : []),
    ],
  });
}

/** The curves that a history has: loss, and its metric. */
export function curves(history: History, best: number | undefined): { title: string; specification: TopLevelSpec }[] {
  const [metric] = Object.keys(history.metrics);
  const name = metric === 'r2' ? 'R²' : 'accuracy';
  return [
    { title: 'Loss', specification: curve('loss', history.loss, history.valLoss, best) },
    ...(metric
      ? [
          {
            title: metric === 'r2' ? name : 'Accuracy',
            specification: curve(name, history.metrics[metric], history.valMetrics?.[metric], best),
          },
        ]
      : []),
  ];
}

/** Shares that were right over the probabilities that were given, and where they would be the same. */
export function calibration(bins: readonly CalibrationBin[], least: number): TopLevelSpec {
  const share = { type: 'quantitative', axis: { format: '.0%' } };
  const x = { ...share, field: 'confidence', title: 'probability of the likeliest label', scale: { domain: [least, 1], nice: false } };
  const y = { ...share, field: 'accuracy', title: 'share that was right', scale: { domain: [0, 1] } };
  return chart({
    layer: [
      {
        data: {
          values: [
            { confidence: least, accuracy: least },
            { confidence: 1, accuracy: 1 },
          ],
        },
        mark: { type: 'line', stroke: MUTED, strokeDash: [4, 4], strokeWidth: 1 },
        encoding: { x, y },
      },
      { data: { values: [...bins] }, mark: { type: 'line', stroke: FIRST, strokeWidth: 2 }, encoding: { x, y } },
      {
        data: { values: [...bins] },
        mark: { type: 'point', filled: true, fill: FIRST, opacity: 1, stroke: 'var(--card)', strokeWidth: 1.5, clip: false },
        encoding: { x, y, size: { field: 'rows', type: 'quantitative', legend: null, scale: { range: [40, 400] } } },
      },
    ],
  });
}

export interface Pair {
  readonly actual: number;
  readonly predicted: number;
}

/** Predicted over actual values, and where they are the same. */
export function scatter(pairs: readonly Pair[], target: string): TopLevelSpec {
  const all = pairs.flatMap(({ actual, predicted }) => [actual, predicted]);
  const domain = [all.reduce((a, b) => Math.min(a, b)), all.reduce((a, b) => Math.max(a, b))];
  const axis = { type: 'quantitative', scale: { domain, zero: false } };
  const x = { ...axis, field: 'actual', title: `${target}, actual` };
  const y = { ...axis, field: 'predicted', title: `${target}, predicted` };
  return chart({
    layer: [
      { data: { values: [...pairs] }, mark: { type: 'point', filled: true, fill: FIRST, opacity: 0.55, size: 22 }, encoding: { x, y } },
      {
        data: { values: domain.map((value) => ({ actual: value, predicted: value })) },
        mark: { type: 'line', stroke: SECOND, strokeDash: [4, 4], strokeWidth: 1.5 },
        encoding: { x, y },
      },
    ],
  });
}

/** How often errors of which size are made. */
export function residuals(pairs: readonly Pair[]): TopLevelSpec {
  const values = pairs.map(({ actual, predicted }) => ({ residual: actual - predicted }));
  return chart({
    layer: [
      {
        data: { values },
        mark: { type: 'bar', fill: FIRST, opacity: 0.85, binSpacing: 1 },
        encoding: {
          x: { bin: { maxbins: 30 }, field: 'residual', type: 'quantitative', title: 'actual − predicted' },
          y: { aggregate: 'count', type: 'quantitative', title: 'rows' },
        },
      },
      {
        data: { values: [{ zero: 0 }] },
        mark: { type: 'rule', stroke: SECOND, strokeDash: [4, 4], strokeWidth: 1.5 },
        encoding: { x: { datum: 0, type: 'quantitative' } },
      },
    ],
  });
}

/** Bars with their deviations, the most important column on top. */
export function importanceBars(columns: readonly ColumnImportance[], measure: string): TopLevelSpec {
  const values = columns.map(({ column, importance, deviation }) => ({
    column,
    importance,
    low: importance - deviation,
    high: importance + deviation,
  }));
  const axis = { grid: false, labelColor: INK, labelLimit: NAME_WIDTH };
  const y = { field: 'column', type: 'ordinal', title: null, sort: null, axis, scale: { paddingInner: 0.35, paddingOuter: 0.2 } };
  const format = measure === 'accuracy' ? { format: '.2~%' } : {};
  const x = { type: 'quantitative', title: `drop of ${measure} when shuffled`, axis: { grid: true, ...format } };
  const size = { width: 2 * WIDTH, height: 60 + 26 * columns.length };
  return chart(
    {
      data: { values },
      layer: [
        { mark: { type: 'bar', fill: FIRST }, encoding: { y, x: { ...x, field: 'importance' } } },
        {
          mark: { type: 'rule', stroke: INK, strokeWidth: 1.5, opacity: 0.6 },
          encoding: { y, x: { ...x, field: 'low' }, x2: { field: 'high' } },
        },
        { mark: { type: 'rule', stroke: MUTED, strokeWidth: 1 }, encoding: { x: { ...x, datum: 0 } } },
      ],
    },
    size,
  );
}
