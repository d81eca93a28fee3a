// Digits as text: the shades, the halved height, and pictures side by side.

import { describe, expect, it } from 'vitest';
import { gallery, picture } from '../../../examples/digits/picture.js';

const empty = () => new Uint8Array(784);

describe('picture', () => {
  it('is 14 lines of 28 characters, darker where there is more ink', () => {
    const image = empty();
    image.fill(255, 2 * 28, 4 * 28); // rows 2 and 3: one full line
    image.fill(255, 4 * 28, 5 * 28); // row 4 alone: half a line
    const lines = picture(image);
    expect(lines).toHaveLength(14);
    expect(lines.map((line) => line.length)).toEqual(Array(14).fill(28));
    expect(lines.slice(0, 4)).toEqual([' '.repeat(28), '@'.repeat(28), '+'.repeat(28), ' '.repeat(28)]);
  });
});

describe('gallery', () => {
  const stroke = (row: number) => {
    const image = empty();
    image.fill(255, row * 28, (row + 2) * 28);
    return { lines: picture(image), caption: `row ${row}` };
  };
  const full = '@'.repeat(28);

  it('puts as many side by side as fit and drops lines that are empty in all of them', () => {
    expect(gallery([stroke(2), stroke(4), stroke(6)], 80).split('\n')).toEqual([
      full,
      `${' '.repeat(31)}${full}`,
      `row 2${' '.repeat(26)}row 4`,
      '',
      full,
      'row 6',
    ]);
  });

  it('puts them below each other where it is narrow, and keeps gaps inside a picture', () => {
    const image = empty();
    image.fill(255, 0, 56).fill(255, 4 * 28, 6 * 28);
    expect(gallery([{ lines: picture(image), caption: 'two' }, stroke(0)], 20).split('\n')).toEqual([
      full,
      '',
      full,
      'two',
      '',
      full,
      'row 0',
    ]);
  });

  it('survives an empty image', () => {
    expect(gallery([{ lines: picture(empty()), caption: 'nothing' }], 80)).toBe('nothing');
  });
});
