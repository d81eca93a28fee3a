/** The square to draw a digit on, with mouse, finger, pen or keyboard. Knows no network. */
import { palette } from '../colours.js';
import { prepare } from '../dom.js';

/** Pixels on a side of what is drawn, whatever the size on the screen. */
export const INK_SIDE = 140;
/** Width of a stroke, as a share of the side: about that of MNIST's. */
const STROKE = 0.085;
const KEY_STEP = 5;

export class Pad {
  /** White on black, in a canvas of its own that has always the same size. */
  readonly #ink = document.createElement('canvas');
  #last: { x: number; y: number } | undefined;
  #cursor: { x: number; y: number; down: boolean } | undefined;
  /** Whether there is anything. */
  empty = true;

  constructor(
    readonly canvas: HTMLCanvasElement,
    readonly onDraw: () => void,
    readonly redraw: () => void,
  ) {
    Object.assign(this.#ink, { width: INK_SIDE, height: INK_SIDE });
    canvas.addEventListener('pointerdown', (event) => {
      if (event.button !== 0) return;
      canvas.setPointerCapture(event.pointerId);
      this.#cursor = undefined;
      this.#last = this.#locate(event);
      this.#line(this.#last, this.#last);
    });
    canvas.addEventListener('pointermove', (event) => {
      if (!this.#last) return;
      // Between two frames a finger goes a long way.
      const places = event.getCoalescedEvents?.() ?? [];
      for (const place of places.length ? places : [event]) {
        const next = this.#locate(place);
        this.#line(this.#last, next);
        this.#last = next;
      }
    });
    for (const name of ['pointerup', 'pointercancel'] as const) canvas.addEventListener(name, () => (this.#last = undefined));
    canvas.addEventListener('keydown', (event) => this.#key(event));
    canvas.addEventListener('blur', () => {
      this.#cursor = undefined;
      this.redraw();
    });
  }

  clear(): void {
    this.#context().clearRect(0, 0, INK_SIDE, INK_SIDE);
    this.empty = true;
    if (this.#cursor) this.#cursor.down = false;
    this.redraw();
  }

  /** How much ink there is at each place, 0 to 255. */
  pixels(): Uint8Array {
    const { data } = this.#context().getImageData(0, 0, INK_SIDE, INK_SIDE);
    return Uint8Array.from({ length: INK_SIDE * INK_SIDE }, (_, index) => data[4 * index + 3]);
  }

  /** Puts a grey picture of side × side in the place of the drawing. */
  show(pixels: Uint8Array, side: number): void {
    const small = document.createElement('canvas');
    Object.assign(small, { width: side, height: side });
    const image = new ImageData(side, side);
    for (const [index, value] of pixels.entries()) image.data.set([0, 0, 0, value], 4 * index);
    small.getContext('2d')?.putImageData(image, 0, 0);
    this.clear();
    this.#context().drawImage(small, 0, 0, INK_SIDE, INK_SIDE);
    this.empty = false;
    this.redraw();
  }

  draw(): void {
    const { context, width, height } = prepare(this.canvas);
    if (width === 0) return;
    const { ink, muted } = palette();
    context.clearRect(0, 0, width, height);
    context.drawImage(this.#ink, 0, 0, width, height);
    // Ink is black in its canvas; here it has the colour of the page's own.
    context.globalCompositeOperation = 'source-in';
    context.fillStyle = ink;
    context.fillRect(0, 0, width, height);
    context.globalCompositeOperation = 'source-over';
    if (!this.#cursor) return;
    context.strokeStyle = muted;
    context.lineWidth = this.#cursor.down ? 3 : 1.5;
    context.beginPath();
    context.arc((this.#cursor.x / INK_SIDE) * width, (this.#cursor.y / INK_SIDE) * height, 9, 0, 2 * Math.PI);
    context.stroke();
  }

  #context(): CanvasRenderingContext2D {
    const context = this.#ink.getContext('2d', { willReadFrequently: true });
    if (!context) throw new Error('this browser has no canvas');
    return context;
  }

  #locate(event: { clientX: number; clientY: number }): { x: number; y: number } {
    const { left, top, width, height } = this.canvas.getBoundingClientRect();
    return { x: ((event.clientX - left) / width) * INK_SIDE, y: ((event.clientY - top) / height) * INK_SIDE };
  }

  #line(from: { x: number; y: number }, to: { x: number; y: number }): void {
    const context = this.#context();
    context.lineCap = 'round';
    context.lineJoin = 'round';
    context.lineWidth = STROKE * INK_SIDE;
    context.beginPath();
    context.moveTo(from.x, from.y);
    context.lineTo(to.x + 0.01, to.y);
    context.stroke();
    this.empty = false;
    this.redraw();
    this.onDraw();
  }

  #key(event: KeyboardEvent): void {
    const moves: Record<string, [number, number]> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const move = moves[event.key];
    this.#cursor ??= { x: INK_SIDE / 2, y: INK_SIDE / 4, down: false };
    const cursor = this.#cursor;
    if (event.key === ' ' || event.key === 'Enter') {
      cursor.down = !cursor.down;
      if (cursor.down) this.#line(cursor, cursor);
    } else if (move) {
      const clamp = (value: number): number => Math.max(8, Math.min(INK_SIDE - 8, value));
      const next = { x: clamp(cursor.x + KEY_STEP * move[0]), y: clamp(cursor.y + KEY_STEP * move[1]) };
      if (cursor.down) this.#line(cursor, next);
      Object.assign(cursor, next);
    } else {
      return;
    }
    event.preventDefault();
    this.redraw();
  }
}
