/** Marching squares: the line on which a grid of numbers has a given value. Knows no canvas. */

/**
 * Segments x0, y0, x1, y1 in units of cells, (0, 0) being the middle of the first cell.
 * @param values side × side numbers, row by row
 */
export function contour(
  values: ArrayLike<number>,
  side: number,
  level: number,
  segment: (x0: number, y0: number, x1: number, y1: number) => void,
): void {
  for (let row = 0; row < side - 1; row++) {
    for (let column = 0; column < side - 1; column++) {
      const at = row * side + column;
      const [a, b, c, d] = [values[at] - level, values[at + 1] - level, values[at + side + 1] - level, values[at + side] - level];
      const kind = (a > 0 ? 1 : 0) | (b > 0 ? 2 : 0) | (c > 0 ? 4 : 0) | (d > 0 ? 8 : 0);
      if (kind === 0 || kind === 15) continue;
      // Where the line crosses the four sides; only those with a change of sign are used.
      const top = column + a / (a - b);
      const right = row + b / (b - c);
      const bottom = column + d / (d - c);
      const left = row + a / (a - d);
      const TOP = (): [number, number] => [top, row];
      const RIGHT = (): [number, number] => [column + 1, right];
      const BOTTOM = (): [number, number] => [bottom, row + 1];
      const LEFT = (): [number, number] => [column, left];
      const draw = ([x0, y0]: [number, number], [x1, y1]: [number, number]): void => segment(x0, y0, x1, y1);
      switch (kind) {
        case 1:
        case 14:
          draw(LEFT(), TOP());
          break;
        case 2:
        case 13:
          draw(TOP(), RIGHT());
          break;
        case 3:
        case 12:
          draw(LEFT(), RIGHT());
          break;
        case 4:
        case 11:
          draw(RIGHT(), BOTTOM());
          break;
        case 6:
        case 9:
          draw(TOP(), BOTTOM());
          break;
        case 7:
        case 8:
          draw(LEFT(), BOTTOM());
          break;
        default: {
          // A saddle: the middle decides which corners belong together.
          const together = a + b + c + d > 0 === (kind === 5);
          draw(LEFT(), together ? BOTTOM() : TOP());
          draw(RIGHT(), together ? TOP() : BOTTOM());
        }
      }
    }
  }
}
