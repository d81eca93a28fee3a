/** Draws the network: a picture of each unit's output over the plane, and the weights between them as lines. Knows no training. */
import { palette } from '../colours.js';
import { prepare } from '../dom.js';
import { type PointsFrame, SURFACE, UNIT } from '../messages.js';

/** Units of a layer that are drawn; the others are counted below. */
const MOST_DRAWN = 8;
/** Largest side of a unit's picture, and least space between two, in CSS pixels. */
const TILE = 34;
const GAP = 6;

interface Column {
  readonly units: number;
  readonly drawn: number;
}

/** Where things are: the middle of a column and of a unit in it, and the side of a unit's picture, in CSS pixels. */
interface Places {
  readonly columns: readonly Column[];
  readonly width: number;
  readonly side: number;
  x(column: number): number;
  y(column: number, unit: number): number;
}

export class Diagram {
  #layers: readonly number[] = [];
  #activation = '';
  #frame: PointsFrame | undefined;
  readonly #tile = document.createElement('canvas');

  constructor(readonly canvas: HTMLCanvasElement) {}

  /** Another network. */
  describe(layers: readonly number[], activation: string): void {
    this.#layers = layers;
    this.#activation = activation;
    this.#frame = undefined;
    const hidden = layers.map((units) => `${units} ${activation}`).join(', ');
    this.canvas.setAttribute('aria-label', `The network: 2 inputs, ${hidden ? `hidden layers of ${hidden}, ` : ''}1 sigmoid output`);
  }

  set frame(frame: PointsFrame) {
    if (frame.units) this.#frame = frame;
  }

  draw(): void {
    const { context, width, height } = prepare(this.canvas);
    if (width === 0) return;
    context.clearRect(0, 0, width, height);
    const columns: Column[] = [2, ...this.#layers, 1].map((units) => ({ units, drawn: Math.min(units, MOST_DRAWN) }));
    const caption = 34;
    const most = Math.max(...columns.map(({ drawn }) => drawn));
    const side = Math.min(TILE, (height - caption) / most - GAP, (width / columns.length) * 0.55);
    const pitch = Math.min((height - caption) / most, side * 1.35);
    const middle = caption + (height - caption) / 2;
    const places: Places = {
      columns,
      width,
      side,
      x: (column) => side / 2 + 1 + (column * (width - side - 2)) / (columns.length - 1),
      y: (column, unit) => middle + (unit - (columns[column].drawn - 1) / 2) * pitch,
    };
    this.#drawWeights(context, places);
    this.#drawUnits(context, places);
    this.#drawCaptions(context, places);
  }

  #drawWeights(context: CanvasRenderingContext2D, { columns, side, x, y }: Places): void {
    const { classes, line } = palette();
    for (let column = 1; column < columns.length; column++) {
      const kernel = this.#frame?.kernels?.[column - 1];
      const { units } = columns[column];
      const scale = kernel ? 1 / Math.max(0.5, ...kernel.map(Math.abs)) : 0;
      const [from, to] = [x(column - 1) + side / 2, x(column) - side / 2];
      const bend = (to - from) / 2;
      for (let input = 0; input < columns[column - 1].drawn; input++) {
        for (let unit = 0; unit < columns[column].drawn; unit++) {
          const weight = kernel ? kernel[input * units + unit] * scale : 0;
          context.beginPath();
          const [start, end] = [y(column - 1, input), y(column, unit)];
          context.moveTo(from, start);
          context.bezierCurveTo(from + bend, start, to - bend, end, to, end);
          context.strokeStyle = kernel ? classes[weight > 0 ? 1 : 0] : line;
          context.globalAlpha = kernel ? 0.12 + 0.78 * Math.abs(weight) : 1;
          context.lineWidth = 0.6 + 3 * Math.abs(weight);
          context.stroke();
        }
      }
    }
    context.globalAlpha = 1;
  }

  #drawUnits(context: CanvasRenderingContext2D, { columns, side, x, y }: Places): void {
    const { line, muted } = palette();
    for (const [column, { drawn, units }] of columns.entries()) {
      for (let unit = 0; unit < drawn; unit++) {
        const [left, top] = [x(column) - side / 2, y(column, unit) - side / 2];
        this.#paintTile(column, unit);
        context.imageSmoothingEnabled = true;
        context.drawImage(this.#tile, left, top, side, side);
        context.strokeStyle = line;
        context.lineWidth = 1;
        context.strokeRect(left - 0.5, top - 0.5, side + 1, side + 1);
      }
      if (units > drawn) {
        context.fillStyle = muted;
        context.font = '11px ui-sans-serif, system-ui, sans-serif';
        context.textAlign = 'center';
        context.fillText(`+ ${units - drawn}`, x(column), y(column, drawn - 1) + side / 2 + 14);
      }
    }
  }

  /** A unit's output as colours: what is between its lowest and highest value, 0 in the middle. */
  #paintTile(column: number, unit: number): void {
    const { ramp } = palette();
    const hidden = this.#layers.length;
    const output = column === hidden + 1;
    const cells = output ? SURFACE : UNIT;
    if (this.#tile.width !== cells) Object.assign(this.#tile, { width: cells, height: cells });
    const pixels = new ImageData(cells, cells);
    const words = new Uint32Array(pixels.data.buffer);
    const source = output
      ? this.#frame?.surface
      : this.#frame?.units?.[column - 1]?.subarray(unit * cells * cells, (unit + 1) * cells * cells);
    let largest = 1e-6;
    if (!output && source) for (const value of source) largest = Math.max(largest, Math.abs(value));
    for (let cell = 0; cell < words.length; cell++) {
      let value = 0;
      if (column === 0) value = unit === 0 ? (2 * ((cell % cells) + 0.5)) / cells - 1 : 1 - (2 * (Math.floor(cell / cells) + 0.5)) / cells;
      else if (source) value = output ? 2 * source[cell] - 1 : source[cell] / largest;
      words[cell] = ramp[Math.max(0, Math.min(255, Math.round(127.5 + 127.5 * value)))];
    }
    this.#tile.getContext('2d')?.putImageData(pixels, 0, 0);
  }

  #drawCaptions(context: CanvasRenderingContext2D, { columns, width, x }: Places): void {
    const { muted, ink } = palette();
    context.textBaseline = 'top';
    for (const [column, { units }] of columns.entries()) {
      const last = column === columns.length - 1;
      context.textAlign = column === 0 ? 'left' : last ? 'right' : 'center';
      const at = column === 0 ? 0 : last ? width : x(column);
      context.font = '600 12px ui-sans-serif, system-ui, sans-serif';
      context.fillStyle = ink;
      context.fillText(column === 0 ? 'x, y' : String(units), at, 0);
      context.font = '11px ui-sans-serif, system-ui, sans-serif';
      context.fillStyle = muted;
      context.fillText(column === 0 ? 'inputs' : last ? 'sigmoid' : this.#activation, at, 15);
    }
    context.textBaseline = 'alphabetic';
  }
}
