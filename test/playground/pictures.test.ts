/** What becomes of a drawing, the line of doubt on a surface, and the problems' points. */
import { describe, expect, test } from 'vitest';
import { readDigits } from '../../examples/digits/data.js';
import { niceAbove } from '../../playground/src/chart.js';
import { centre, SIDE } from '../../playground/src/digits/centre.js';
import { contour } from '../../playground/src/points/contour.js';
import { draw, PROBLEMS, type ProblemName, SPAN } from '../../playground/src/points/problems.js';

/** A picture of side × side with a filled rectangle. */
function rectangle(side: number, left: number, top: number, width: number, height: number): Uint8Array {
  return Uint8Array.from({ length: side * side }, (_, index) => {
    const [x, y] = [index % side, Math.floor(index / side)];
    return x >= left && x < left + width && y >= top && y < top + height ? 255 : 0;
  });
}

function boxOf(pixels: Uint8Array): { left: number; top: number; width: number; height: number } {
  const lit = Array.from(pixels.keys()).filter((index) => pixels[index] > 0);
  const [xs, ys] = [lit.map((index) => index % SIDE), lit.map((index) => Math.floor(index / SIDE))];
  const [left, top] = [Math.min(...xs), Math.min(...ys)];
  return { left, top, width: Math.max(...xs) - left + 1, height: Math.max(...ys) - top + 1 };
}

describe('centre', () => {
  test('nothing drawn', () => {
    expect(centre(new Uint8Array(140 * 140), 140)).toBeUndefined();
  });

  test.each([
    ['large, in a corner', rectangle(140, 0, 0, 100, 100), { left: 5, top: 5, width: 20, height: 20 }],
    ['small, in the other corner', rectangle(140, 120, 120, 20, 20), { left: 5, top: 5, width: 20, height: 20 }],
    ['upright: its sides stay in proportion', rectangle(140, 100, 10, 20, 100), { left: 13, top: 5, width: 4, height: 20 }],
    ['lying', rectangle(140, 10, 100, 100, 20), { left: 5, top: 13, width: 20, height: 4 }],
  ])('%s', (_, ink, box) => {
    const pixels = centre(ink, 140);
    expect(pixels && boxOf(pixels)).toEqual(box);
    expect(Math.max(...(pixels ?? []))).toBe(255);
  });

  test('the centre of mass comes into the middle, not the box', () => {
    // A heavy square with a thin line to its right.
    const heavy = rectangle(140, 20, 40, 40, 40);
    const line = rectangle(140, 60, 58, 40, 4);
    const pixels = centre(
      heavy.map((value, index) => Math.max(value, line[index])),
      140,
    );
    const mass = (pixels ?? new Uint8Array(0)).reduce((sum, value) => sum + value, 0);
    const middle = (pixels ?? new Uint8Array(0)).reduce((sum, value, index) => sum + value * ((index % SIDE) + 0.5), 0) / mass;
    expect(Math.abs(middle - 14.5)).toBeLessThanOrEqual(0.5);
    expect(pixels && boxOf(pixels).left).toBeGreaterThan(5);
  });

  test('greys keep their mean', () => {
    const pixels = centre(
      rectangle(140, 0, 0, 140, 140).map((_, index) => (index % 2 ? 255 : 0)),
      140,
    );
    expect(pixels?.[14 * SIDE + 14]).toBeGreaterThan(100);
    expect(pixels?.[14 * SIDE + 14]).toBeLessThan(155);
  });

  test("MNIST's own digits, enlarged fivefold, come out as they were", () => {
    const { images } = readDigits('t10k');
    let [difference, mass] = [0, 0];
    for (let image = 0; image < 100; image++) {
      const pixels = images.subarray(image * 784, (image + 1) * 784);
      const large = Uint8Array.from(
        { length: 140 * 140 },
        (_, index) => pixels[Math.floor(index / 700) * SIDE + Math.floor((index % 140) / 5)],
      );
      for (const [index, value] of (centre(large, 140) ?? new Uint8Array(784)).entries()) {
        difference += Math.abs(value - pixels[index]);
        mass += pixels[index];
      }
    }
    // Some differ by a shift of one pixel, where the mass lies halfway between two.
    expect(difference / mass).toBeLessThan(0.1);
  });
});

describe('contour', () => {
  test('a circle: every segment lies on it, and they add up to its length', () => {
    const side = 60;
    const radius = (index: number): number => Math.hypot((index % side) - 30, Math.floor(index / side) - 30);
    const values = Float32Array.from({ length: side * side }, (_, index) => radius(index));
    let length = 0;
    contour(values, side, 20, (x0, y0, x1, y1) => {
      for (const [x, y] of [
        [x0, y0],
        [x1, y1],
      ])
        expect(Math.abs(Math.hypot(x - 30, y - 30) - 20)).toBeLessThan(0.02);
      length += Math.hypot(x1 - x0, y1 - y0);
    });
    expect(length).toBeCloseTo(2 * Math.PI * 20, 0);
  });

  test('a saddle has two segments that do not cross', () => {
    for (const [values, tops] of [
      [[1, 0, 0, 1], 1],
      [[0, 1, 1, 0], 1],
    ] as const) {
      const found: number[][] = [];
      contour(values, 2, 0.5, (...ends) => found.push(ends));
      expect(found).toHaveLength(2);
      expect(found.filter(([, y0, , y1]) => y0 === 0 || y1 === 0)).toHaveLength(tops);
    }
  });

  test('a plain without the level has none', () => {
    contour(new Float32Array(100), 10, 0.5, () => expect.unreachable());
  });
});

describe('problems', () => {
  test.each(Object.keys(PROBLEMS) as ProblemName[])('%s: as many of either class, within the plane, the same for the same seed', (name) => {
    const { xy, labels } = draw(name, 400, 0, 3);
    expect(labels.reduce((sum, label) => sum + label, 0)).toBe(200);
    expect(Math.max(...xy.map(Math.abs))).toBeLessThan(SPAN);
    expect(draw(name, 400, 0, 3).xy).toEqual(xy);
    expect(draw(name, 400, 0, 4).xy).not.toEqual(xy);
  });
});

test.each([
  [0.011, 0.02],
  [0.02, 0.02],
  [0.69, 1],
  [1, 1],
  [3, 5],
  [7, 10],
])('the least nice number that is not below %d is %d', (value, nice) => {
  expect(niceAbove(value)).toBeCloseTo(nice, 12);
});
