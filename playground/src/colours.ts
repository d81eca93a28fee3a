/** The colours of the two classes and of what lies between, taken from the style sheet, anew when light turns dark. Knows no data. */

type Rgb = readonly [number, number, number];

export interface Palette {
  /** Classes 0 and 1, as CSS. */
  readonly classes: readonly [string, string];
  readonly ink: string;
  readonly muted: string;
  readonly line: string;
  readonly paper: string;
  /** 256 pixels (RGBA as canvas data has them) from surely class 0 to surely class 1. */
  readonly ramp: Uint32Array;
}

/** How much of a class's own colour its surest places have. */
const STRENGTH = 0.58;

function rgb(colour: string): Rgb {
  const hex = colour.trim().replace('#', '');
  const value = Number.parseInt(hex, 16);
  if (hex.length !== 6 || Number.isNaN(value)) throw new RangeError(`expected a colour such as #1a2b3c in the style sheet, got ${colour}`);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

const mix = (from: Rgb, to: Rgb, share: number): Rgb =>
  [0, 1, 2].map((part) => from[part] + (to[part] - from[part]) * share) as unknown as Rgb;

function makeRamp(low: Rgb, middle: Rgb, high: Rgb): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, index) => {
    const side = (index - 127.5) / 127.5;
    const [red, green, blue] = mix(middle, side < 0 ? low : high, Math.abs(side) * STRENGTH).map(Math.round);
    // Every machine that runs a browser is little-endian.
    return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
  });
}

function read(): Palette {
  const style = getComputedStyle(document.documentElement);
  const [ink, muted, line, paper, middle, low, high] = ['ink', 'muted', 'line', 'paper', 'between', 'class0', 'class1'].map((name) =>
    style.getPropertyValue(`--${name}`).trim(),
  );
  return { ink, muted, line, paper, classes: [low, high], ramp: makeRamp(rgb(low), rgb(middle), rgb(high)) };
}

let current: Palette | undefined;
const listeners = new Set<() => void>();

export function palette(): Palette {
  current ??= read();
  return current;
}

/** Calls when the colours have changed. */
export function onPalette(listener: () => void): void {
  if (listeners.size === 0) {
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
      current = undefined;
      for (const call of listeners) call();
    });
  }
  listeners.add(listener);
}
