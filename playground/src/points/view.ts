/** The tab of points in the plane: brings data, controls, the worker and the pictures together. */
import { Chart } from '../chart.js';
import { onPalette } from '../colours.js';
import { Controls } from '../controls.js';
import { announce, byId } from '../dom.js';
import { Frames } from '../frames.js';
import { type Link, openLink } from '../link.js';
import type { FromPoints, PointsFrame, Stopped, ToPoints } from '../messages.js';
import { readSettings, type Settings, writeSettings } from '../settings.js';
import { Stats, showLoss, showShare } from '../stats.js';
import { Transport } from '../transport.js';
import { mayMove, type View } from '../view.js';
import { Diagram } from './diagram.js';
import { asPoints, OwnPoints, readPoints, writePoints } from './own.js';
import { Plane } from './plane.js';
import { draw, type Points, PROBLEMS, type ProblemName } from './problems.js';
import { drawThumbnails } from './thumbnails.js';

const DEFAULTS: Settings = { layers: [8, 8], activation: 'tanh', optimizer: 'adam', rate: 0.02, batch: 16, threads: 1, seed: 1 };
const TRAIN = 400;
const TEST = 200;
const NOISE = 0.08;
/** Epochs after which training ends; `Train` then adds as many. */
const EPOCHS = 2000;
/** Epochs a second by name; 0 is as many as there can be. */
const SPEEDS = { slow: 10, normal: 60, fast: 400, full: 0 } as const;
type Speed = keyof typeof SPEEDS;
/** How long after one surface the next is asked for: a frame, so that every other one is left to the page. */
const REST_MS = 16;

type Data = ProblemName | 'own';

const inputs = (name: string): HTMLInputElement[] => Array.from(document.querySelectorAll<HTMLInputElement>(`input[name="${name}"]`));

export class PointsView implements View {
  readonly #plane = new Plane(byId('plane', HTMLCanvasElement));
  readonly #diagram = new Diagram(byId('diagram', HTMLCanvasElement));
  readonly #chart = new Chart(byId('points-chart', HTMLCanvasElement), ['training', 'test']);
  readonly #controls = new Controls('points', byId('points-settings', HTMLElement), DEFAULTS, DEFAULTS.rate, () => this.#restart());
  readonly #stats = new Stats('points', byId('points-stats', HTMLElement), ['Epoch', 'Loss', 'Test loss', 'Accuracy']);
  readonly #noise = byId('noise', HTMLInputElement);
  readonly #speed = byId('speed', HTMLSelectElement);
  readonly #own: OwnPoints;
  readonly #transport: Transport;
  readonly #frames = new Frames(() => this.#draw());
  #link: Link<ToPoints> | undefined;
  #data: Data = 'spiral';
  #frame: PointsFrame | undefined;
  #epochs = EPOCHS;
  /** Settings changed faster than a worker takes them: the last ones count. */
  #soon: ReturnType<typeof setTimeout> | undefined;
  #runAfter = false;
  #id = 0;
  /** The last losses that were told. */
  #last: { loss?: number; valLoss?: number } = {};
  /** More than the plane has changed. */
  #all = true;

  constructor(readonly onChange: () => void) {
    this.#transport = new Transport('points', byId('points-transport', HTMLElement), {
      run: () => this.#run(),
      pause: () => this.#link?.send({ kind: 'pause' }),
      step: () => this.#run(1),
      reset: () => this.#restart(),
    });
    this.#own = new OwnPoints(
      this.#plane,
      byId('own-tools', HTMLElement),
      () => this.#changePoints(),
      () => this.#redraw(),
    );
    for (const radio of inputs('data')) radio.addEventListener('change', () => this.#choose(radio.value as Data));
    this.#noise.addEventListener('input', () => this.#changePoints());
    this.#speed.addEventListener('change', () => {
      if (this.#transport.running) this.#link?.send({ kind: 'pace', pace: this.#pace() });
      this.onChange();
    });
    for (const format of ['native', 'onnx'] as const)
      byId(`points-${format}`, HTMLButtonElement).addEventListener('click', () => this.#link?.send({ kind: 'save', format }));
    drawThumbnails();
    onPalette(() => {
      drawThumbnails();
      this.#redraw();
    });
    new ResizeObserver(() => this.#redraw()).observe(this.#plane.canvas);
  }

  show(parameters: URLSearchParams, fresh: boolean): void {
    const first = this.#link === undefined;
    this.#link ??= openLink<ToPoints, FromPoints>(
      'points',
      (message) => this.#receive(message),
      (why) => this.#stop({ kind: 'stopped', why: 'error', message: why }),
    );
    this.#frames.shown = true;
    this.#redraw();
    if (!first && !fresh) return;
    const data = parameters.get('data') as Data;
    this.#data = data === 'own' || Object.hasOwn(PROBLEMS, data ?? '') ? data : 'spiral';
    const noise = Number(parameters.get('noise') ?? NOISE);
    this.#noise.value = String(Number.isFinite(noise) ? noise : NOISE);
    this.#own.points = readPoints(parameters.get('points') ?? '');
    const speed = parameters.get('speed') ?? 'normal';
    this.#speed.value = Object.hasOwn(SPEEDS, speed) ? speed : 'normal';
    this.#controls.show(readSettings(parameters, DEFAULTS));
    this.#showData();
    this.#restart(mayMove() && this.#points().train.labels.length > 0);
  }

  hide(): void {
    this.#frames.shown = false;
    if (this.#transport.running) this.#link?.send({ kind: 'pause' });
  }

  parameters(): URLSearchParams {
    const parameters = new URLSearchParams();
    if (this.#data !== 'spiral') parameters.set('data', this.#data);
    if (this.#data === 'own') parameters.set('points', writePoints(this.#own.points));
    else if (Number(this.#noise.value) !== NOISE) parameters.set('noise', this.#noise.value);
    if (this.#speed.value !== 'normal') parameters.set('speed', this.#speed.value);
    writeSettings(parameters, this.#controls.settings, DEFAULTS);
    return parameters;
  }

  #points(): { train: Points; test: Points | undefined } {
    if (this.#data === 'own') return { train: asPoints(this.#own.points), test: undefined };
    const noise = Number(this.#noise.value);
    const { seed } = this.#controls.settings;
    return { train: draw(this.#data, TRAIN, noise, seed), test: draw(this.#data, TEST, noise, seed + 1_000_003) };
  }

  #choose(data: Data): void {
    this.#data = data;
    this.#showData();
    this.#restart(data !== 'own' || this.#own.points.length > 1);
  }

  #showData(): void {
    const own = this.#data === 'own';
    for (const radio of inputs('data')) radio.checked = radio.value === this.#data;
    byId('own-tools', HTMLElement).hidden = !own;
    byId('noise-field', HTMLElement).hidden = own;
    // Of one's own points none are kept apart.
    byId('points-test-key', HTMLElement).hidden = own;
    byId('noise-value', HTMLElement).textContent = Number(this.#noise.value).toFixed(2);
    this.#own.enabled = own;
    this.#hint();
  }

  #hint(): void {
    byId('own-hint', HTMLElement).hidden = this.#data !== 'own' || this.#own.points.length > 0;
    const name = this.#data === 'own' ? `${this.#own.points.length} points of your own` : `the ${this.#data} problem`;
    this.#plane.canvas.setAttribute('aria-label', `The plane with ${name} and what the network makes of it`);
  }

  /** A new network, on the data as they are. */
  #restart(run = this.#transport.running || this.#runAfter): void {
    const settings = this.#controls.settings;
    const { train, test } = this.#points();
    this.#epochs = EPOCHS;
    this.#forget();
    this.#plane.points = train;
    this.#diagram.describe(settings.layers, settings.activation);
    this.#frame = undefined;
    this.#link?.send({ kind: 'make', id: ++this.#id, settings, points: train, test });
    if (run) this.#run();
    this.onChange();
    this.#redraw();
  }

  /** The same network goes on with other points; changes that follow each other fast are taken together. */
  #changePoints(): void {
    this.#showData();
    const { train } = this.#points();
    this.#plane.points = train;
    this.#redraw();
    this.onChange();
    this.#runAfter ||= this.#transport.running || this.#data === 'own';
    clearTimeout(this.#soon);
    this.#soon = setTimeout(() => {
      const { train: points, test } = this.#points();
      const run = this.#runAfter && points.labels.length > 1;
      this.#runAfter = false;
      this.#epochs = EPOCHS;
      this.#forget();
      this.#frame = undefined;
      this.#link?.send({ kind: 'points', id: ++this.#id, points, test });
      if (run) this.#run();
    }, 120);
  }

  /** What was told of the run before. */
  #forget(): void {
    this.#chart.clear();
    this.#last = {};
  }

  #pace(): { epochs: number; perSecond: number } {
    return { epochs: this.#epochs, perSecond: SPEEDS[this.#speed.value as Speed] };
  }

  /** Until the end, or for so many epochs. */
  #run(epochs?: number): void {
    if (this.#data === 'own' && this.#own.points.length < 2) {
      announce('Place some points of both classes first.');
      return;
    }
    const done = this.#frame?.epoch ?? 0;
    if (epochs !== undefined) {
      this.#link?.send({ kind: 'run', pace: { epochs: done + epochs, perSecond: 0 } });
    } else {
      if (done >= this.#epochs) this.#epochs = done + EPOCHS;
      this.#link?.send({ kind: 'run', pace: this.#pace() });
      this.#transport.running = true;
      announce('Training');
    }
    this.#link?.send({ kind: 'tick' });
  }

  #receive(message: Exclude<FromPoints, { kind: 'file' }>): void {
    if (message.kind === 'frame') this.#take(message);
    else if (message.kind === 'stopped') this.#stop(message);
    else announce(message.message);
  }

  #take(frame: PointsFrame): void {
    if (frame.id !== this.#id) return;
    this.#frame = frame;
    this.#plane.surface = frame.surface;
    this.#diagram.frame = frame;
    this.#chart.add(frame.loss, frame.valLoss);
    this.#last = { loss: frame.loss.at(-1) ?? this.#last.loss, valLoss: frame.valLoss.at(-1) ?? this.#last.valLoss };
    this.#controls.showRuntime(frame.runtime);
    this.#all ||= frame.units !== undefined;
    this.#frames.request();
  }

  /** Draws everything anew. */
  #redraw(): void {
    this.#all = true;
    this.#plane.refresh();
    this.#frames.request();
  }

  #stop({ why, message }: Stopped): void {
    this.#transport.running = false;
    const at = this.#frame ? ` at epoch ${this.#frame.epoch.toLocaleString('en')}` : '';
    if (why === 'error') announce(`Training stopped: ${message}`);
    else announce(`${why === 'done' ? 'Done' : 'Paused'}${at}, accuracy ${showShare(this.#frame?.accuracy)}`);
  }

  #draw(): void {
    this.#plane.draw();
    // Units come less often than surfaces; curve and numbers need not be drawn more often than they.
    if (this.#all) {
      this.#all = false;
      this.#diagram.draw();
      this.#chart.draw();
      this.#showStats();
    }
    if (this.#transport.running) setTimeout(() => this.#link?.send({ kind: 'tick' }), REST_MS);
  }

  #showStats(): void {
    const frame = this.#frame;
    if (!frame) return;
    const { epoch, accuracy } = frame;
    this.#stats.show({
      Epoch: epoch.toLocaleString('en'),
      Loss: showLoss(this.#last.loss),
      'Test loss': showLoss(this.#last.valLoss),
      Accuracy: epoch === 0 ? '–' : showShare(accuracy),
    });
  }
}
