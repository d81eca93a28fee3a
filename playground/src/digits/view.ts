/** The tab of digits: trains on images in the worker, shows what a drawing is taken for, and what is still mistaken. */
import { Chart } from '../chart.js';
import { onPalette, palette } from '../colours.js';
import { Controls } from '../controls.js';
import { announce, byId, make } from '../dom.js';
import { Frames } from '../frames.js';
import { type Link, openLink } from '../link.js';
import type { DigitsFrame, FromDigits, Mistake, Stopped, ToDigits } from '../messages.js';
import { readSettings, type Settings, writeSettings } from '../settings.js';
import { Stats, showLoss, showShare } from '../stats.js';
import { Transport } from '../transport.js';
import { mayMove, type View } from '../view.js';
import { centre, SIDE } from './centre.js';
import { INK_SIDE, Pad } from './pad.js';

const DEFAULTS: Settings = { layers: [128], activation: 'relu', optimizer: 'adam', rate: 0.001, batch: 32, threads: 1, seed: 1 };
/** Epochs of a run; `Train` then adds as many. */
const EPOCHS = 12;
/** How often numbers are wanted while training, in milliseconds. */
const TICK_MS = 80;

/** What is drawn apart from the others. */
type Part = 'pad' | 'guess' | 'chart';

/** One bar for each digit, from 0 to 9. */
class Bars {
  readonly #rows: { row: HTMLElement; bar: HTMLElement; value: HTMLElement }[];

  constructor(place: HTMLElement) {
    this.#rows = Array.from({ length: 10 }, (_, digit) => {
      const bar = make('span', { class: 'bar' });
      const value = make('span', { class: 'value' }, '–');
      const row = make('li', {}, make('span', { class: 'digit' }, String(digit)), make('span', { class: 'track' }, bar), value);
      return { row, bar, value };
    });
    place.append(...this.#rows.map(({ row }) => row));
  }

  show(probabilities: ArrayLike<number> | undefined): void {
    const list = Array.from(probabilities ?? []);
    const best = list.indexOf(Math.max(...list));
    for (const [digit, { row, bar, value }] of this.#rows.entries()) {
      row.classList.toggle('best', digit === best);
      bar.style.transform = `scaleX(${list[digit] ?? 0})`;
      value.textContent = list.length ? `${(100 * list[digit]).toFixed(1)} %` : '–';
    }
  }
}

/** Draws grey pixels in the page's own ink. */
function paint(canvas: HTMLCanvasElement, pixels: ArrayLike<number>): void {
  const context = canvas.getContext('2d');
  const image = new ImageData(SIDE, SIDE);
  const ink = Number.parseInt(palette().ink.slice(1), 16);
  for (let index = 0; index < SIDE * SIDE; index++) image.data.set([ink >> 16, (ink >> 8) & 255, ink & 255, pixels[index]], 4 * index);
  context?.putImageData(image, 0, 0);
}

export class DigitsView implements View {
  readonly #bars = new Bars(byId('bars', HTMLElement));
  readonly #seen = byId('seen', HTMLCanvasElement);
  readonly #chart = new Chart(byId('digits-chart', HTMLCanvasElement), ['training', 'test']);
  readonly #controls = new Controls('digits', byId('digits-settings', HTMLElement), DEFAULTS, DEFAULTS.rate, () => this.#restart());
  readonly #stats = new Stats('digits', byId('digits-stats', HTMLElement), ['Epoch', 'Images a second', 'Test loss', 'Test accuracy']);
  readonly #progress = byId('digits-progress', HTMLProgressElement);
  readonly #answer = byId('answer', HTMLElement);
  readonly #hint = byId('pad-hint', HTMLElement);
  readonly #pad: Pad;
  readonly #transport: Transport;
  readonly #frames = new Frames(() => this.#draw());
  #link: Link<ToDigits> | undefined;
  #loaded = false;
  #frame: DigitsFrame | undefined;
  #probabilities: Float32Array | undefined;
  #pixels: Uint8Array | undefined;
  #mistakes: readonly Mistake[] = [];
  #epochs = EPOCHS;
  #id = 0;
  /** The drawing has changed since it was last sent. */
  #drawn = false;
  #told = '';
  /** What the next frame has to draw. */
  #changed: Record<Part, boolean> = { pad: true, guess: true, chart: true };
  #ticks: ReturnType<typeof setInterval> | undefined;

  constructor(readonly onChange: () => void) {
    this.#transport = new Transport('digits', byId('digits-transport', HTMLElement), {
      run: () => this.#run(),
      pause: () => this.#link?.send({ kind: 'pause' }),
      reset: () => this.#restart(),
    });
    this.#transport.disabled = true;
    this.#pad = new Pad(
      byId('pad', HTMLCanvasElement),
      () => {
        this.#drawn = true;
      },
      () => this.#redraw('pad'),
    );
    byId('pad-clear', HTMLButtonElement).addEventListener('click', () => this.#clear());
    byId('pad-sample', HTMLButtonElement).addEventListener('click', () => this.#link?.send({ kind: 'sample' }));
    for (const format of ['native', 'onnx'] as const)
      byId(`digits-${format}`, HTMLButtonElement).addEventListener('click', () => this.#link?.send({ kind: 'save', format }));
    onPalette(() => {
      this.#showMistakes(this.#mistakes);
      if (this.#pixels) paint(this.#seen, this.#pixels);
      this.#redraw('pad', 'chart');
    });
    new ResizeObserver(() => this.#redraw('pad', 'chart')).observe(this.#pad.canvas);
  }

  show(parameters: URLSearchParams, fresh: boolean): void {
    this.#frames.shown = true;
    this.#redraw('pad', 'guess', 'chart');
    if (this.#link && !fresh) return;
    this.#controls.show(readSettings(parameters, DEFAULTS));
    if (this.#link) {
      this.#restart();
      return;
    }
    this.#link = openLink<ToDigits, FromDigits>(
      'digits',
      (message) => this.#receive(message),
      (why) => this.#stop({ kind: 'stopped', why: 'error', message: why }),
    );
    this.#link.send({ kind: 'load', url: new URL('digits.bin', document.baseURI).href });
    announce('Loading the images');
  }

  hide(): void {
    this.#frames.shown = false;
    if (this.#transport.running) this.#link?.send({ kind: 'pause' });
  }

  parameters(): URLSearchParams {
    const parameters = new URLSearchParams();
    writeSettings(parameters, this.#controls.settings, DEFAULTS);
    return parameters;
  }

  #restart(run = this.#transport.running): void {
    this.onChange();
    if (!this.#loaded) return;
    this.#epochs = EPOCHS;
    this.#frame = undefined;
    this.#chart.clear();
    this.#showMistakes([]);
    this.#link?.send({ kind: 'make', id: ++this.#id, settings: this.#controls.settings });
    if (run) this.#run();
    this.#redraw('chart');
  }

  #run(): void {
    if ((this.#frame?.epoch ?? 0) >= this.#epochs) this.#epochs += EPOCHS;
    this.#link?.send({ kind: 'run', epochs: this.#epochs });
    this.#link?.send({ kind: 'tick' });
    this.#transport.running = true;
    clearInterval(this.#ticks);
    this.#ticks = setInterval(() => this.#link?.send({ kind: 'tick' }), TICK_MS);
    announce('Training');
  }

  #receive(message: Exclude<FromDigits, { kind: 'file' }>): void {
    switch (message.kind) {
      case 'loaded':
        this.#loaded = true;
        this.#transport.disabled = false;
        byId('digits-counts', HTMLElement).textContent =
          `${message.train.toLocaleString('en')} images to train on, ${message.test.toLocaleString('en')} others to test with`;
        this.#restart(mayMove());
        return;
      case 'frame':
        if (message.id === this.#id) this.#take(message);
        return;
      case 'guess':
        this.#probabilities = this.#pad.empty ? undefined : message.probabilities;
        this.#redraw('guess');
        return;
      case 'sample':
        this.#pad.show(message.pixels, SIDE);
        this.#pixels = message.pixels;
        this.#drawn = false;
        paint(this.#seen, message.pixels);
        this.#redraw('pad');
        return;
      case 'stopped':
        this.#stop(message);
        return;
      case 'failed':
        announce(message.message);
    }
  }

  #take(frame: DigitsFrame): void {
    this.#frame = frame;
    this.#chart.add(frame.loss, frame.valLoss);
    this.#controls.showRuntime(frame.runtime);
    if (frame.mistakes) this.#showMistakes(frame.mistakes);
    const { epoch, imagesPerSecond, accuracy, valLoss, progress } = frame;
    this.#stats.show({
      Epoch: `${epoch} of ${this.#epochs}`,
      'Images a second': imagesPerSecond === undefined ? '–' : (Math.round(imagesPerSecond / 100) * 100).toLocaleString('en'),
      'Test loss': valLoss.length ? showLoss(valLoss.at(-1)) : epoch ? undefined : '–',
      'Test accuracy': showShare(accuracy),
    });
    this.#progress.value = progress;
    if (frame.loss.length) this.#redraw('chart');
  }

  #stop({ why, message }: Stopped): void {
    this.#transport.running = false;
    clearInterval(this.#ticks);
    if (why === 'error') announce(`Training stopped: ${message}`);
    else announce(`${why === 'done' ? 'Done' : 'Paused'}: test accuracy ${showShare(this.#frame?.accuracy)}`);
  }

  #clear(): void {
    this.#pad.clear();
    this.#pixels = undefined;
    this.#probabilities = undefined;
    this.#seen.getContext('2d')?.clearRect(0, 0, SIDE, SIDE);
    this.#redraw('pad', 'guess');
  }

  #showMistakes(mistakes: readonly Mistake[]): void {
    this.#mistakes = mistakes;
    byId('mistakes-none', HTMLElement).hidden = mistakes.length > 0;
    byId('mistakes', HTMLElement).replaceChildren(
      ...mistakes.map(({ pixels, label, guess }) => {
        const picture = make('canvas', { width: SIDE, height: SIDE, role: 'img', 'aria-label': `A handwritten ${label}` });
        paint(picture, pixels);
        return make('li', {}, picture, make('span', {}, `${label} → ${guess}`));
      }),
    );
  }

  /** Sends a changed drawing, once a frame. */
  #sendDrawing(): void {
    if (!this.#drawn) return;
    this.#drawn = false;
    const pixels = centre(this.#pad.pixels(), INK_SIDE);
    if (!pixels) return;
    this.#pixels = pixels;
    paint(this.#seen, pixels);
    this.#link?.send({ kind: 'guess', pixels });
  }

  #draw(): void {
    this.#sendDrawing();
    if (this.#changed.pad) {
      this.#pad.draw();
      this.#hint.hidden = !this.#pad.empty;
    }
    if (this.#changed.guess) {
      this.#bars.show(this.#probabilities);
      this.#tellAnswer();
    }
    if (this.#changed.chart) this.#chart.draw();
    this.#changed = { pad: false, guess: false, chart: false };
  }

  /** Draws these parts with the next frame. */
  #redraw(...parts: Part[]): void {
    for (const part of parts) this.#changed[part] = true;
    this.#frames.request();
  }

  #tellAnswer(): void {
    const list = Array.from(this.#probabilities ?? []);
    const best = Math.max(...list);
    const text = !list.length ? '' : best < 0.5 ? '?' : String(list.indexOf(best));
    if (text === this.#told) return;
    this.#told = text;
    this.#answer.textContent = text;
  }
}
