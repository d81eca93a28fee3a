/** The buttons that let training run, pause, go one epoch on, end and begin anew. Knows neither workers nor networks. */
import { make } from './dom.js';

export interface TransportActions {
  run(): void;
  pause(): void;
  step?(): void;
  /** Ends a run early; may be asked for while it runs and while it is paused. */
  finish?(): void;
  reset?(): void;
}

export class Transport {
  #running = false;
  #paused = false;
  readonly #toggle: HTMLButtonElement;
  readonly #step: HTMLButtonElement | undefined;
  readonly #finish: HTMLButtonElement | undefined;

  constructor(
    readonly id: string,
    place: HTMLElement,
    actions: TransportActions,
  ) {
    const button = (name: string, text: string, kind: string, onclick: () => void): HTMLButtonElement =>
      make('button', { id: `${id}-${name}`, type: 'button', class: kind, onclick }, text);
    this.#toggle = button('run', 'Train', 'primary', () => (this.#running ? actions.pause() : actions.run()));
    const { step, finish, reset } = actions;
    this.#step = step && button('step', 'Step', 'plain', () => step());
    this.#step?.setAttribute('title', 'One epoch');
    this.#finish = finish && button('finish', 'Finish now', 'plain', () => finish());
    this.#finish?.setAttribute('title', 'Ends training and keeps the best network so far');
    const others = [this.#step, this.#finish, reset && button('reset', 'Reset', 'plain', () => reset())];
    place.prepend(this.#toggle, ...others.filter((other) => other !== undefined));
    this.#show();
  }

  get running(): boolean {
    return this.#running;
  }

  set running(running: boolean) {
    this.#running = running;
    this.#paused = false;
    this.#show();
  }

  /** Held: the run goes on from here when it is let. */
  get paused(): boolean {
    return this.#paused;
  }

  pause(): void {
    this.#running = false;
    this.#paused = true;
    this.#show();
  }

  #show(): void {
    this.#toggle.textContent = this.#running ? 'Pause' : this.#paused ? 'Continue' : 'Train';
    if (this.#step) this.#step.disabled = this.#running;
    if (this.#finish) this.#finish.disabled = !this.#running && !this.#paused;
  }

  set disabled(disabled: boolean) {
    this.#toggle.disabled = disabled;
  }
}
