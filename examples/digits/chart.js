// @ts-check
// The picture of the training curves: numbers in, the text of an SVG file out, drawn by Vega-Lite without a browser.
// It must not know the network, the data or files.

import { View, parse } from 'vega';
import { compile } from 'vega-lite';

const TRAINING_COLOR = '#1f77b4';
const HELD_COLOR = '#e4681c';
const MOST_LABELLED_EPOCHS = 12;
// Share of an axis left free, so that no point sits on the frame.
const AIR = 0.04;

/**
 * @typedef {object} Point the state after one epoch
 * @property {number} epoch from 1
 * @property {number} loss of training, the mean over the epoch
 * @property {number} accuracy of training, 0 to 1
 * @property {number} heldLoss on images the network does not learn from
 * @property {number} heldAccuracy
 */

/**
 * @param {Point[]} points one for each epoch, at least one
 * @param {{ title: string, subtitle: string[], training: string, held: string }} words title, and names of both curves
 * @returns {Promise<string>}
 */
export async function drawCurves(points, words) {
  const values = points.flatMap((point) => [
    { epoch: point.epoch, curve: words.training, loss: point.loss, accuracy: point.accuracy },
    { epoch: point.epoch, curve: words.held, loss: point.heldLoss, accuracy: point.heldAccuracy },
  ]);
  const highestLoss = Math.max(...values.map((value) => value.loss)) || 1;
  const lowest = lowerBound(Math.min(...values.map((value) => value.accuracy)));
  const x = epochAxis(points);
  const size = points.length <= MOST_LABELLED_EPOCHS ? 70 : 20;
  const color = {
    field: 'curve',
    type: 'nominal',
    scale: { domain: [words.training, words.held], range: [TRAINING_COLOR, HELD_COLOR] },
    legend: { title: null, orient: 'bottom', direction: 'horizontal', columnPadding: 28, labelLimit: 0 },
  };
  const shape = { ...color, scale: { domain: color.scale.domain, range: ['circle', 'square'] } };
  const panel = (/** @type {string} */ title, /** @type {object} */ y) => ({
    title: { text: title, frame: 'group', fontSize: 14, offset: 10 },
    width: 360,
    height: 260,
    layer: [
      { mark: { type: 'line', strokeWidth: 2.5 }, encoding: { x, y, color } },
      { mark: { type: 'point', filled: true, opacity: 1, size }, encoding: { x, y, color, shape } },
    ],
  });
  const specification = {
    title: { text: words.title, subtitle: words.subtitle, offset: 26 },
    data: { values },
    spacing: 48,
    hconcat: [
      panel('Loss (crossentropy)', {
        field: 'loss',
        type: 'quantitative',
        title: 'loss',
        scale: { domain: [0, highestLoss * (1 + AIR)], nice: false },
      }),
      panel('Accuracy', {
        field: 'accuracy',
        type: 'quantitative',
        title: 'accuracy',
        axis: { format: '.3~p' },
        scale: { domain: [lowest, 1 + (1 - lowest) * AIR], zero: false, nice: false },
      }),
    ],
    config: STYLE,
  };
  const compiled = compile(/** @type {import('vega-lite').TopLevelSpec} */ (/** @type {unknown} */ (specification)));
  const view = new View(parse(compiled.spec), { renderer: 'none' });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}

/**
 * Whole epochs only; a single one stands in the middle.
 * @param {Point[]} points
 */
function epochAxis(points) {
  const first = points[0].epoch;
  const last = points[points.length - 1].epoch;
  const air = Math.min(0.5, (last - first) * AIR || 0.5);
  const few = points.length <= MOST_LABELLED_EPOCHS ? { values: points.map((point) => point.epoch) } : {};
  return {
    field: 'epoch',
    type: 'quantitative',
    title: 'epoch',
    axis: { format: 'd', tickMinStep: 1, grid: false, labelFlush: false, ...few },
    scale: { domain: [first - air, last + air], zero: false, nice: false },
  };
}

/**
 * The next step of 5 % below the lowest value, so that curves near 100 % still fill the panel.
 * @param {number} lowest
 */
function lowerBound(lowest) {
  return Math.max(0, Math.min(0.95, Math.floor(lowest * 20) / 20));
}

const STYLE = {
  background: 'white',
  padding: 24,
  font: 'Helvetica, Arial, "Liberation Sans", "DejaVu Sans", sans-serif',
  view: { stroke: '#c8c8c8' },
  title: {
    fontSize: 17,
    color: '#222',
    subtitleFontSize: 13,
    subtitleColor: '#555',
    subtitleLineHeight: 18,
    subtitlePadding: 6,
    anchor: 'start',
  },
  axis: { labelFontSize: 12, titleFontSize: 13, titleFontWeight: 'normal', titlePadding: 10, gridColor: '#ececec' },
  legend: { labelFontSize: 13, symbolSize: 110, offset: 20 },
};
