// The picture of the curves: its words, its axes, and a point for each epoch and curve.

import { describe, expect, it } from 'vitest';
import { drawCurves } from '../../../examples/digits/chart.js';

const words = { title: 'A title', subtitle: ['first', 'second'], training: 'training (x)', held: 'validation (y)' };
const history = (epochs: number) =>
  Array.from({ length: epochs }, (_, i) => ({
    epoch: i + 1,
    loss: 0.5 / (i + 1),
    accuracy: 1 - 0.08 / (i + 1),
    heldLoss: 0.6 / (i + 1),
    heldAccuracy: 1 - 0.09 / (i + 1),
  }));
const points = (svg: string) => svg.match(/aria-roledescription="point"/g)?.length;

describe('drawCurves', () => {
  it('names title, curves, panels and axes', async () => {
    const svg = await drawCurves(history(5), words);
    expect(svg).toMatch(/^<svg /);
    const texts = Array.from(svg.matchAll(/<(?:text|tspan)[^>]*>([^<]+)</g), (match) => match[1]);
    for (const text of ['A title', 'first', 'second', 'training (x)', 'validation (y)', 'loss', 'accuracy', 'epoch']) {
      expect(texts).toContain(text);
    }
    expect(texts).toEqual(expect.arrayContaining(['1', '2', '3', '4', '5', '0.0', '0.6', '90%', '100%']));
    expect(points(svg)).toBe(5 * 4);
    expect(svg).not.toMatch(/NaN|undefined/);
  });

  it('draws a single epoch as points', async () => {
    const svg = await drawCurves(history(1), words);
    expect(points(svg)).toBe(4);
    expect(svg).not.toMatch(/NaN|undefined/);
  });

  it('draws a perfect network too', async () => {
    const svg = await drawCurves([{ epoch: 1, loss: 0, accuracy: 1, heldLoss: 0, heldAccuracy: 1 }], words);
    expect(points(svg)).toBe(4);
    expect(svg).not.toMatch(/NaN|undefined/);
  });
});
