/** A few numbers with their names, side by side; a number is written only when it has changed. Knows nothing of what they mean. */
import { make } from './dom.js';

export class Stats {
  readonly #values: Map<string, HTMLElement>;

  constructor(id: string, place: HTMLElement, names: readonly string[]) {
    this.#values = new Map(names.map((name) => [name, make('dd', { id: `${id}-${name.toLowerCase().replaceAll(' ', '-')}` }, '–')]));
    place.append(...Array.from(this.#values, ([name, value]) => make('div', {}, make('dt', {}, name), value)));
  }

  show(texts: Readonly<Record<string, string | undefined>>): void {
    for (const [name, text] of Object.entries(texts)) {
      const place = this.#values.get(name);
      if (place && text !== undefined && place.textContent !== text) place.textContent = text;
    }
  }
}

/** Losses: few digits, always as wide. */
export const showLoss = (value: number | undefined): string =>
  value === undefined || !Number.isFinite(value) ? '–' : value < 0.001 ? '< 0.001' : value.toFixed(3);
export const showShare = (value: number | undefined): string => (value === undefined ? '–' : `${(100 * value).toFixed(1)} %`);
