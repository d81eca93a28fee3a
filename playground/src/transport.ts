/** The buttons that let training run, pause, go one epoch on and begin anew. Knows neither workers nor networks. */
import { make } from './dom.js';

export interface TransportActions {
  run(): void;
  pause(): void;
  step?(): void;
  reset(): void;
}

export class Transport {
  #running = false;
  readonly #toggle: HTMLButtonElement;
  readonly #step: HTMLButtonElement | undefined;

  constructor(
    readonly id: string,
    place: HTMLElement,
    actions: TransportActions,
  ) {
    const button = (name: string, text: string, kind: string, onclick: () => void): HTMLButtonElement =>
      make('button', { id: `${id}-${name}`, type: 'button', class: kind, onclick }, text);
    this.#toggle = button('run', 'Train', 'primary', () => (this.#running ? actions.pause() : actions.run()));
    const { step } = actions;
    this.#step = step && button('step', 'Step', 'plain', () => step());
    this.#step?.setAttribute('title', 'One epoch');
    place.prepend(
      this.#toggle,
      ...(this.#step ? [this.#step] : []),
      button('reset', 'Reset', 'plain', () => actions.reset()),
    );
  }

  get running(): boolean {
    return this.#running;
  }

  set running(running: boolean) {
    this.#running = running;
    this.#toggle.textContent = running ? 'Pause' : 'Train';
    if (this.#step) this.#step.disabled = running;
  }

  set disabled(disabled: boolean) {
    this.#toggle.disabled = disabled;
  }
}
