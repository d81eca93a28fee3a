/** A line chart of losses by epoch, thinned out so that a long run costs no more than a short one. Knows no training. */
import { palette } from './colours.js';
import { prepare } from './dom.js';

/** Most points that a line keeps; beyond, neighbours are merged. */
const MOST = 600;

/** Numbers of one line; each kept one stands for `step` of them. */
class Line {
  values: number[] = [];
  step = 1;
  #sum = 0;
  #count = 0;

  push(value: number): void {
    this.#sum += value;
    this.#count++;
    if (this.#count < this.step) return;
    this.values.push(this.#sum / this.#count);
    [this.#sum, this.#count] = [0, 0];
    if (this.values.length < MOST) return;
    this.values = Array.from({ length: MOST / 2 }, (_, index) => (this.values[2 * index] + this.values[2 * index + 1]) / 2);
    this.step *= 2;
  }
}

export class Chart {
  #lines: [Line, Line] = [new Line(), new Line()];
  #last: (number | undefined)[] = [];

  /** @param names of the lines: training, then test */
  constructor(
    readonly canvas: HTMLCanvasElement,
    readonly names: readonly [string, string],
  ) {}

  clear(): void {
    this.#lines = [new Line(), new Line()];
    this.#last = [];
  }

  add(loss: ArrayLike<number>, valLoss: ArrayLike<number>): void {
    for (const [index, list] of [loss, valLoss].entries()) {
      for (const value of Array.from(list).filter(Number.isFinite)) {
        this.#lines[index].push(value);
        this.#last[index] = value;
      }
    }
    const told = this.names.map((name, index) => (this.#last[index] === undefined ? '' : `${name} ${this.#last[index].toPrecision(3)}`));
    this.canvas.setAttribute('aria-label', `Losses: ${told.filter(Boolean).join(', ') || 'none yet'}`);
  }

  draw(): void {
    const { context, width, height } = prepare(this.canvas);
    if (width === 0) return;
    const { ink, muted, line } = palette();
    context.clearRect(0, 0, width, height);
    const [left, right, top, bottom] = [34, width - 4, 8, height - 18];
    const all = this.#lines.flatMap(({ values }) => values);
    const highest = all.length ? niceAbove(Math.max(0.01, ...all)) : 1;
    const y = (value: number): number => bottom - (Math.min(value, highest) / highest) * (bottom - top);
    context.font = '11px ui-sans-serif, system-ui, sans-serif';
    context.fillStyle = muted;
    context.strokeStyle = line;
    context.lineWidth = 1;
    for (const share of [0, 0.5, 1]) {
      const at = Math.round(y(share * highest)) + 0.5;
      context.beginPath();
      context.moveTo(left, at);
      context.lineTo(right, at);
      context.stroke();
      context.textAlign = 'right';
      context.fillText(String(Number((share * highest).toPrecision(2))), left - 6, at + 4);
    }
    const epochs = Math.max(...this.#lines.map(({ values, step }) => values.length * step));
    context.fillText(epochs ? `epoch ${epochs.toLocaleString('en')}` : 'epoch', right, height - 3);
    for (const [index, { values, step }] of this.#lines.entries()) {
      if (values.length === 0) continue;
      context.beginPath();
      for (const [at, value] of values.entries()) {
        const x = left + (epochs > step ? (at * step) / (epochs - step) : 1) * (right - left);
        if (at === 0) context.moveTo(x, y(value));
        else context.lineTo(x, y(value));
      }
      context.strokeStyle = index === 0 ? muted : ink;
      context.lineWidth = index === 0 ? 1.5 : 2;
      context.stroke();
      if (values.length === 1) context.fillRect(right - 2, y(values[0]) - 2, 4, 4);
    }
  }
}

/** The least of 1, 2, 5 times a power of ten that is not below `value`. */
export function niceAbove(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= value * (1 - 1e-9)) ?? value;
}
