/**
 * Points of the user's own: placed by a click, a tap, a stroke or the keyboard, taken back, and written in the URL. Knows no training.
 */
import { announce, make } from '../dom.js';
import type { Plane } from './plane.js';
import { type Points, SPAN } from './problems.js';

/** Most points; the URL has to hold them. */
const MOST = 400;
/** Least distance of two points in one stroke, in the plane. */
const STROKE = 0.16;
/** How far an arrow key moves the cursor; with Shift less. */
const KEY_STEP = 0.15;
const FINE_STEP = 0.03;
/** Cells on a side to which a written coordinate is rounded. */
const CELLS = 2047;
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const CLASSES = ['orange', 'blue'];

export interface Point {
  readonly x: number;
  readonly y: number;
  readonly label: number;
}

/** Four letters a point: 11 bits for each coordinate, 2 for the class. */
export function writePoints(points: readonly Point[]): string {
  const cell = (value: number): number => Math.round(((value + SPAN) / (2 * SPAN)) * CELLS);
  return points
    .map(({ x, y, label }) => {
      const bits = (cell(x) << 13) | (cell(y) << 2) | label;
      return [18, 12, 6, 0].map((shift) => LETTERS[(bits >> shift) & 63]).join('');
    })
    .join('');
}

export function readPoints(text: string): Point[] {
  const points = [];
  for (let at = 0; at + 4 <= text.length && points.length < MOST; at += 4) {
    const letters = [...text.slice(at, at + 4)].map((letter) => LETTERS.indexOf(letter));
    if (letters.includes(-1)) return [];
    const bits = letters.reduce((sum, value) => sum * 64 + value, 0);
    const place = (cell: number): number => (cell / CELLS) * 2 * SPAN - SPAN;
    points.push({ x: place(bits >> 13), y: place((bits >> 2) & 2047), label: bits & 1 });
  }
  return points;
}

export function asPoints(points: readonly Point[]): Points {
  return { xy: Float32Array.from(points.flatMap(({ x, y }) => [x, y])), labels: Float32Array.from(points, ({ label }) => label) };
}

export class OwnPoints {
  points: Point[] = [];
  #label = 1;
  #enabled = false;
  #last: { x: number; y: number } | undefined;
  readonly #radios: HTMLInputElement[];

  constructor(
    readonly plane: Plane,
    tools: HTMLElement,
    readonly onChange: () => void,
    readonly redraw: () => void,
  ) {
    this.#radios = CLASSES.map((name, label) =>
      make('input', { type: 'radio', name: 'own-class', value: label, id: `own-class-${name}`, onchange: () => this.#choose(label) }),
    );
    const choices = this.#radios.map((radio, label) =>
      make('label', { class: `class class${label}` }, radio, make('span', {}, CLASSES[label][0].toUpperCase() + CLASSES[label].slice(1))),
    );
    tools.append(
      make('div', { class: 'pair', role: 'radiogroup', 'aria-label': 'Class of the points to place' }, choices[1], choices[0]),
      make(
        'div',
        { class: 'pair' },
        make('button', { type: 'button', id: 'own-undo', class: 'plain', onclick: () => this.#undo() }, 'Undo'),
        make('button', { type: 'button', id: 'own-clear', class: 'plain', onclick: () => this.#clear() }, 'Clear'),
      ),
      make(
        'p',
        { class: 'note' },
        'Click, tap or draw. Shift: the other class. Keys: arrows move, Enter places, Backspace takes back, 1 and 2 choose.',
      ),
    );
    this.#choose(1);
    const { canvas } = plane;
    canvas.addEventListener('pointerdown', (event) => this.#press(event));
    canvas.addEventListener('pointermove', (event) => this.#move(event));
    canvas.addEventListener('keydown', (event) => this.#key(event));
    canvas.addEventListener('focus', () => this.#showCursor());
    canvas.addEventListener('blur', () => this.#hideCursor());
    for (const name of ['pointerup', 'pointercancel'] as const) canvas.addEventListener(name, () => (this.#last = undefined));
  }

  set enabled(enabled: boolean) {
    this.#enabled = enabled;
    const { canvas } = this.plane;
    canvas.classList.toggle('editable', enabled);
    canvas.setAttribute('role', enabled ? 'application' : 'img');
    if (enabled) canvas.tabIndex = 0;
    else canvas.removeAttribute('tabindex');
    if (!enabled) this.#hideCursor();
  }

  #choose(label: number): void {
    this.#label = label;
    this.#radios[label].checked = true;
    if (this.plane.cursor) this.plane.cursor.label = label;
    this.redraw();
  }

  #place(x: number, y: number, label: number): void {
    if (this.points.length >= MOST) {
      announce(`There are ${MOST} points; take some back to place others.`);
      return;
    }
    this.points.push({ x, y, label });
    announce(`${CLASSES[label]} point at ${x.toFixed(1)}, ${y.toFixed(1)}; ${this.points.length} in all`);
    this.onChange();
  }

  #undo(): void {
    if (this.points.pop()) announce(`${this.points.length} points left`);
    this.onChange();
  }

  #clear(): void {
    this.points = [];
    announce('No points');
    this.onChange();
  }

  #press(event: PointerEvent): void {
    if (!this.#enabled || event.button !== 0) return;
    const place = this.plane.locate(event);
    this.#last = place;
    this.plane.canvas.setPointerCapture(event.pointerId);
    this.#hideCursor();
    this.#place(place.x, place.y, event.shiftKey ? 1 - this.#label : this.#label);
  }

  #move(event: PointerEvent): void {
    if (!this.#last) return;
    const place = this.plane.locate(event);
    if (Math.hypot(place.x - this.#last.x, place.y - this.#last.y) < STROKE) return;
    this.#last = place;
    this.#place(place.x, place.y, event.shiftKey ? 1 - this.#label : this.#label);
  }

  #key(event: KeyboardEvent): void {
    if (!this.#enabled) return;
    const { key, shiftKey } = event;
    const step = shiftKey ? FINE_STEP : KEY_STEP;
    const moves: Record<string, [number, number]> = {
      ArrowLeft: [-step, 0],
      ArrowRight: [step, 0],
      ArrowUp: [0, step],
      ArrowDown: [0, -step],
    };
    if (key === '1' || key === '2') this.#choose(key === '1' ? 1 : 0);
    else if (key === 'Backspace' || key === 'Delete') this.#undo();
    else if (key === 'Enter' || key === ' ' || key in moves) this.#useCursor(moves[key], shiftKey);
    else return;
    event.preventDefault();
  }

  #useCursor(move: [number, number] | undefined, other: boolean): void {
    if (!this.plane.cursor) this.#showCursor(true);
    const { cursor } = this.plane;
    if (!cursor) return;
    if (move) {
      const clamp = (value: number): number => Math.max(-SPAN, Math.min(SPAN, value));
      [cursor.x, cursor.y] = [clamp(cursor.x + move[0]), clamp(cursor.y + move[1])];
      this.redraw();
    } else {
      this.#place(cursor.x, cursor.y, other ? 1 - this.#label : this.#label);
    }
  }

  /** Only for who came by the keyboard. */
  #showCursor(always = false): void {
    if (!this.#enabled || !(always || this.plane.canvas.matches(':focus-visible'))) return;
    this.plane.cursor ??= { x: 0, y: 0, label: this.#label };
    this.redraw();
  }

  #hideCursor(): void {
    if (!this.plane.cursor) return;
    this.plane.cursor = undefined;
    this.redraw();
  }
}
