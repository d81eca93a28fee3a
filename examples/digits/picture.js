// @ts-check
// Digits as text: an image of 28 x 28 bytes becomes 14 lines of 28 characters, since a character is about twice as high
// as wide. It must not know networks or files.

const SIDE = 28;
const SHADES = ' .:-=+*#%@';
const GAP = '   ';

/**
 * @param {Uint8Array} image 784 bytes, 0 is background
 * @returns {string[]} 14 lines
 */
export function picture(image) {
  return Array.from({ length: SIDE / 2 }, (_, row) => {
    let line = '';
    for (let column = 0; column < SIDE; column++) {
      const upper = image[2 * row * SIDE + column];
      const lower = image[(2 * row + 1) * SIDE + column];
      line += SHADES[Math.round(((upper + lower) / 2 / 255) * (SHADES.length - 1))];
    }
    return line;
  });
}

/**
 * As many pictures side by side as fit, each over its caption. Lines above and below
 * that are empty in all of them are left out.
 * @param {{ lines: string[], caption: string }[]} pictures
 * @param {number} width of the terminal in characters
 * @returns {string}
 */
export function gallery(pictures, width) {
  const perRow = Math.max(1, Math.floor((width + GAP.length) / (SIDE + GAP.length)));
  const rows = [];
  for (let start = 0; start < pictures.length; start += perRow) {
    const group = pictures.slice(start, start + perRow);
    const lines = group[0].lines.map((_, i) => group.map((each) => each.lines[i]).join(GAP).trimEnd());
    const captions = group.map((each) => each.caption.padEnd(SIDE)).join(GAP).trimEnd();
    const top = lines.findIndex((line) => line !== '');
    const bottom = lines.findLastIndex((line) => line !== '');
    rows.push([...lines.slice(Math.max(0, top), bottom + 1), captions].join('\n'));
  }
  return rows.join('\n\n');
}
