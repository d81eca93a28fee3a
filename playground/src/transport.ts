/** The buttons that let training run, pause, go one epoch on and begin anew. Knows neither workers nor networks. */
import { make } from './dom.js';

export interface TransportActions {
  run(): void;
  pause(): void;
  step?(): void;
  reset?(): void;
}

export class Transport {
  #running = false;
  readonly #toggle: HTMLButtonElement;
  readonly #step: HTMLButtonElement | undefined;

  constructor(
    readonly id: string,
    place: HTMLElement,
    actions: TransportActions,
    readonly words: { readonly pause: string } = { pause: 'Pause' },
  ) {
    const button = (name: string, text: string, kind: string, onclick: () => void): HTMLButtonElement =>
      make('button', { id: `${id}-${name}`, type: 'button', class: kind, onclick }, text);
    this.#toggle = button('run', 'Train', 'primary', () => (this.#running ? actions.pause() : actions.run()));
    const { step, reset } = actions;
    this.#step = step && button('step', 'Step', 'plain', () => step());
    this.#step?.setAttribute('title', 'One epoch');
    place.prepend(this.#toggle, ...(this.#step ? [this.#step] : []), ...(reset ? [button('reset', 'Reset', 'plain', () => reset())] : []));
  }

  get running(): boolean {
    return this.#running;
  }

  set running(running: boolean) {
    this.#running = running;
    this.#toggle.textContent = running ? this.words.pause : 'Train';
    if (this.#step) this.#step.disabled = running;
  }

  set disabled(disabled: boolean) {
    this.#toggle.disabled = disabled;
  }
}
