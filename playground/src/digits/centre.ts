/**
 * Makes of a drawing what MNIST made of its digits: fitted into 20 × 20 pixels with its sides in proportion, grey by averaging, and
 * placed so that its centre of mass lies in the middle of 28 × 28 (Y. LeCun, "The MNIST database of handwritten digits"). Knows no page.
 */

export const SIDE = 28;
const BOX = 20;
/** Where the centre of mass comes to lie, to within half a pixel. */
const MIDDLE = 14.5;

interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** What of the picture is drawn upon; undefined: nothing. */
function bounds(ink: ArrayLike<number>, side: number): Box | undefined {
  const box = { left: side, top: side, right: 0, bottom: 0 };
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      if (ink[y * side + x] === 0) continue;
      box.left = Math.min(box.left, x);
      box.right = Math.max(box.right, x + 1);
      box.top = Math.min(box.top, y);
      box.bottom = Math.max(box.bottom, y + 1);
    }
  }
  return box.right > box.left ? box : undefined;
}

/** The mean of `ink` over the rectangle from (x0, y0) to (x1, y1), its edges counted by the part of a pixel that they cover. */
function mean(ink: ArrayLike<number>, side: number, x0: number, y0: number, x1: number, y1: number): number {
  let sum = 0;
  for (let y = Math.floor(y0); y < Math.ceil(y1); y++) {
    const height = Math.min(y + 1, y1) - Math.max(y, y0);
    for (let x = Math.floor(x0); x < Math.ceil(x1); x++) {
      if (x < 0 || y < 0 || x >= side || y >= side) continue;
      sum += ink[y * side + x] * height * (Math.min(x + 1, x1) - Math.max(x, x0));
    }
  }
  return sum / ((x1 - x0) * (y1 - y0));
}

/**
 * @param ink side × side numbers from 0 to 255, row by row
 * @returns 784 numbers from 0 to 255; undefined where nothing is drawn
 */
export function centre(ink: ArrayLike<number>, side: number): Uint8Array<ArrayBuffer> | undefined {
  const box = bounds(ink, side);
  if (!box) return undefined;
  const [width, height] = [box.right - box.left, box.bottom - box.top];
  const cell = Math.max(width, height) / BOX;
  // The drawing in its box, and where its mass lies there.
  const [columns, rows] = [Math.ceil(width / cell - 1e-9), Math.ceil(height / cell - 1e-9)];
  let [mass, massX, massY] = [0, 0, 0];
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const value = mean(
        ink,
        side,
        box.left + column * cell,
        box.top + row * cell,
        box.left + (column + 1) * cell,
        box.top + (row + 1) * cell,
      );
      mass += value;
      massX += value * (column + 0.5);
      massY += value * (row + 0.5);
    }
  }
  // Cut anew from the drawing, moved by whole pixels. The middle is that of pixel 14, counted from 0 (measured: the mean over MNIST is 14.50).
  const shiftX = Math.round(MIDDLE - massX / mass);
  const shiftY = Math.round(MIDDLE - massY / mass);
  return Uint8Array.from({ length: SIDE * SIDE }, (_, index) => {
    const left = box.left + ((index % SIDE) - shiftX) * cell;
    const top = box.top + (Math.floor(index / SIDE) - shiftY) * cell;
    return Math.min(255, Math.round(mean(ink, side, left, top, left + cell, top + cell)));
  });
}
