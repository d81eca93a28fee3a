/** The form in which a network and its training are set: layers, activation, optimizer, rate, batch, threads, seed. Knows no training. */
import { make } from './dom.js';
import type { RunsOn } from './messages.js';
import { ACTIVATIONS, BATCHES, MOST_LAYERS, MOST_SEED, MOST_UNITS, OPTIMIZERS, RATES, type Settings, THREADS } from './settings.js';

/** Rates that suit an optimizer, as multiples of the one that suits Adam. */
const RATE_OF = { adam: 1, adamw: 1, nadam: 1, rmsprop: 0.5, adagrad: 5, sgd: 15 };

const nearest = (value: number): number =>
  RATES.reduce((best, rate) => (Math.abs(Math.log(rate / value)) < Math.abs(Math.log(best / value)) ? rate : best));

export class Controls {
  #settings: Settings;
  readonly #layers = make('div', { class: 'layers', role: 'group' });
  readonly #note = make('p', { class: 'note', hidden: true });
  readonly #selects = new Map<string, HTMLSelectElement>();
  readonly #seed: HTMLInputElement;

  /** @param adamRate the rate that suits Adam here */
  constructor(
    readonly id: string,
    form: HTMLElement,
    settings: Settings,
    readonly adamRate: number,
    readonly onChange: (settings: Settings) => void,
  ) {
    this.#settings = settings;
    this.#seed = make('input', {
      id: `${id}-seed`,
      type: 'number',
      min: 0,
      max: MOST_SEED,
      step: 1,
      inputmode: 'numeric',
      onchange: () => {
        const seed = Math.round(Number(this.#seed.value));
        this.#set({ seed: Math.max(0, Math.min(MOST_SEED, Number.isFinite(seed) ? seed : 0)) });
      },
    });
    const another = make(
      'button',
      {
        id: `${id}-another`,
        type: 'button',
        class: 'round',
        title: 'Another seed',
        'aria-label': 'Another seed',
        onclick: () => this.#set({ seed: Math.floor(Math.random() * 10_000) }),
      },
      '↻',
    );
    const layersLabel = make('span', { id: `${id}-layers-label`, class: 'label' }, 'Hidden layers');
    this.#layers.setAttribute('aria-labelledby', layersLabel.id);
    form.append(
      make('div', { class: 'field wide' }, layersLabel, this.#layers),
      this.#select('activation', 'Activation', ACTIVATIONS),
      this.#select('optimizer', 'Optimizer', OPTIMIZERS),
      this.#select('rate', 'Learning rate', RATES),
      this.#select('batch', 'Batch size', BATCHES),
      this.#select('threads', 'Threads', THREADS),
      make('div', { class: 'field' }, make('label', { for: this.#seed.id }, 'Seed'), make('div', { class: 'pair' }, this.#seed, another)),
      this.#note,
    );
    this.#note.id = `${id}-threads-note`;
    this.#selects.get('threads')?.setAttribute('aria-describedby', this.#note.id);
    if (!globalThis.crossOriginIsolated) this.#tell('One thread: this page is not cross-origin isolated (COOP and COEP headers).');
    this.show(settings);
  }

  get settings(): Settings {
    return this.#settings;
  }

  /** Shows other settings, without telling anyone. */
  show(settings: Settings): void {
    this.#settings = settings;
    for (const [name, select] of this.#selects) {
      const value = String(settings[name as keyof Settings]);
      // A URL may ask for what the list does not have.
      if (!Array.from(select.options).some((option) => option.value === value)) select.append(make('option', { value }, value));
      select.value = value;
    }
    this.#seed.value = String(settings.seed);
    this.#showLayers();
  }

  /** What came of `threads`. */
  showRuntime({ threads, reason }: RunsOn): void {
    const wanted = this.#settings.threads;
    if (!globalThis.crossOriginIsolated) return;
    if (reason !== undefined && wanted !== 1) this.#tell(`Runs on ${threads === 1 ? 'one thread' : `${threads} threads`}: ${reason}.`);
    else this.#tell('');
  }

  #tell(text: string): void {
    if (this.#note.textContent === text) return;
    this.#note.textContent = text;
    this.#note.hidden = text === '';
  }

  #set(change: Partial<Settings>): void {
    this.show({ ...this.#settings, ...change });
    this.onChange(this.#settings);
  }

  #select(name: keyof Settings, label: string, values: readonly (string | number)[]): HTMLElement {
    const options = values.map((value) => make('option', { value }, String(value)));
    const select = make('select', { id: `${this.id}-${name}`, onchange: () => this.#choose(name, select.value) }, ...options);
    this.#selects.set(name, select);
    return make('div', { class: 'field' }, make('label', { for: select.id }, label), select);
  }

  #choose(name: keyof Settings, text: string): void {
    if (name === 'optimizer') {
      const optimizer = text as Settings['optimizer'];
      this.#set({ optimizer, rate: nearest(this.adamRate * RATE_OF[optimizer]) });
    } else {
      this.#set({ [name]: /^[\d.]+$/.test(text) ? Number(text) : text });
    }
  }

  /** A number for each layer, and the buttons that add and remove one. */
  #showLayers(): void {
    const { layers } = this.#settings;
    const focused = document.activeElement?.id;
    const inputs = layers.map((units, index) => {
      const input: HTMLInputElement = make('input', {
        id: `${this.id}-layer-${index}`,
        type: 'number',
        min: 1,
        max: MOST_UNITS,
        value: units,
        inputmode: 'numeric',
        'aria-label': `Units of hidden layer ${index + 1}`,
        onchange: () => {
          const wanted = Math.max(1, Math.min(MOST_UNITS, Math.round(Number(input.value)) || 1));
          this.#set({ layers: this.#settings.layers.map((old, at) => (at === index ? wanted : old)) });
        },
      });
      return input;
    });
    const remove = (): void => this.#set({ layers: this.#settings.layers.slice(0, -1) });
    const add = (): void => this.#set({ layers: [...this.#settings.layers, this.#settings.layers.at(-1) ?? 8] });
    const button = (name: string, label: string, sign: string, disabled: boolean, onclick: () => void): HTMLElement =>
      make('button', { id: `${this.id}-${name}`, type: 'button', class: 'round', 'aria-label': label, disabled, onclick }, sign);
    this.#layers.replaceChildren(
      ...inputs,
      button('remove', 'Remove the last hidden layer', '−', layers.length === 0, remove),
      button('add', 'Add a hidden layer', '+', layers.length === MOST_LAYERS, add),
    );
    if (focused) document.getElementById(focused)?.focus();
  }
}
