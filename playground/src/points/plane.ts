/** Draws the plane: the output as a painted surface, the line of doubt, the points, and the cursor of who places them. Knows no training. */
import { palette } from '../colours.js';
import { make, prepare } from '../dom.js';
import { SURFACE } from '../messages.js';
import { contour } from './contour.js';
import { type Points, SPAN } from './problems.js';

const NONE: Points = { xy: new Float32Array(0), labels: new Float32Array(0) };
/** Radius of a point, as a share of the plane's width. */
const DOT = 0.0085;

/**
 * Three canvases upon each other, so that a new surface costs as little as can be: its 100 × 100 pixels, which the browser enlarges; the
 * line; and the points with the cursor, which change only when they are changed.
 */
export class Plane {
  #points = NONE;
  #surface: Float32Array | undefined;
  readonly #painted = make('canvas', { class: 'layer', width: SURFACE, height: SURFACE, 'aria-hidden': 'true' });
  readonly #line = make('canvas', { class: 'layer', 'aria-hidden': 'true' });
  readonly #pixels = new ImageData(SURFACE, SURFACE);
  /** What of the surface, and of the points, is not yet drawn. */
  #newSurface = true;
  #newPoints = true;
  /** Where the keyboard's cursor is, in the plane; undefined: it is not shown. */
  cursor: { x: number; y: number; label: number } | undefined;

  /** @param canvas the uppermost one, which the others are laid under */
  constructor(readonly canvas: HTMLCanvasElement) {
    canvas.before(this.#painted, this.#line);
  }

  set points(points: Points) {
    this.#points = points;
    this.refresh();
  }

  set surface(surface: Float32Array) {
    this.#surface = surface;
    this.#newSurface = true;
  }

  /** The place in the plane of a pointer. */
  locate(event: { clientX: number; clientY: number }): { x: number; y: number } {
    const { left, top, width, height } = this.canvas.getBoundingClientRect();
    const clamp = (value: number): number => Math.max(-SPAN, Math.min(SPAN, value));
    return { x: clamp(((event.clientX - left) / width) * 2 * SPAN - SPAN), y: clamp(SPAN - ((event.clientY - top) / height) * 2 * SPAN) };
  }

  /** Everything is to be drawn anew: size, colours, points or cursor may have changed. */
  refresh(): void {
    this.#newSurface = true;
    this.#newPoints = true;
  }

  draw(): void {
    if (this.canvas.clientWidth === 0) return;
    if (this.#newSurface && this.#surface) {
      this.#paint(this.#surface);
      this.#drawLine(this.#surface);
      this.#newSurface = false;
    }
    if (this.#newPoints) {
      const { context, width, height } = prepare(this.canvas);
      context.clearRect(0, 0, width, height);
      this.#drawPoints(context, width, height);
      if (this.cursor) this.#drawCursor(context, width, height);
      this.#newPoints = false;
    }
  }

  #paint(surface: Float32Array): void {
    const { ramp } = palette();
    const words = new Uint32Array(this.#pixels.data.buffer);
    for (let cell = 0; cell < words.length; cell++) words[cell] = ramp[Math.max(0, Math.min(255, (surface[cell] * 256) | 0))];
    this.#painted.getContext('2d')?.putImageData(this.#pixels, 0, 0);
  }

  #drawLine(surface: Float32Array): void {
    const { context, width, height } = prepare(this.#line);
    context.clearRect(0, 0, width, height);
    if (this.#points.labels.length === 0) return;
    const [cellWidth, cellHeight] = [width / SURFACE, height / SURFACE];
    context.beginPath();
    contour(surface, SURFACE, 0.5, (x0, y0, x1, y1) => {
      context.moveTo((x0 + 0.5) * cellWidth, (y0 + 0.5) * cellHeight);
      context.lineTo((x1 + 0.5) * cellWidth, (y1 + 0.5) * cellHeight);
    });
    context.strokeStyle = palette().ink;
    context.globalAlpha = 0.55;
    context.lineWidth = 1.25;
    context.stroke();
    context.globalAlpha = 1;
  }

  #drawPoints(context: CanvasRenderingContext2D, width: number, height: number): void {
    const { classes, paper } = palette();
    const { xy, labels } = this.#points;
    const radius = Math.max(3, DOT * width);
    context.strokeStyle = paper;
    context.lineWidth = 1.25;
    for (let index = 0; index < labels.length; index++) {
      context.beginPath();
      context.arc(
        ((xy[2 * index] + SPAN) / (2 * SPAN)) * width,
        ((SPAN - xy[2 * index + 1]) / (2 * SPAN)) * height,
        radius,
        0,
        2 * Math.PI,
      );
      context.fillStyle = classes[labels[index] > 0.5 ? 1 : 0];
      context.fill();
      context.stroke();
    }
  }

  #drawCursor(context: CanvasRenderingContext2D, width: number, height: number): void {
    if (!this.cursor) return;
    const { ink, classes } = palette();
    const x = ((this.cursor.x + SPAN) / (2 * SPAN)) * width;
    const y = ((SPAN - this.cursor.y) / (2 * SPAN)) * height;
    context.strokeStyle = ink;
    context.lineWidth = 1.5;
    context.beginPath();
    for (const [dx, dy] of [
      [1, 0],
      [-1, 0],
      [0, 1],
      [0, -1],
    ]) {
      context.moveTo(x + 7 * dx, y + 7 * dy);
      context.lineTo(x + 15 * dx, y + 15 * dy);
    }
    context.stroke();
    context.fillStyle = classes[this.cursor.label > 0.5 ? 1 : 0];
    context.beginPath();
    context.arc(x, y, 4, 0, 2 * Math.PI);
    context.fill();
  }
}
