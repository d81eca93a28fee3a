/** The tab of a table: takes a file that is dropped or chosen, lets a network learn it, and shows the report. */
import { Chart } from '../chart.js';
import { onPalette } from '../colours.js';
import { Controls } from '../controls.js';
import { announce, byId, download, make } from '../dom.js';
import { Frames } from '../frames.js';
import { type Link, openLink } from '../link.js';
import type { FromTable, Opened, TableFrame, TableSource, ToTable, Trained } from '../messages.js';
import { readSettings, type Settings, writeSettings } from '../settings.js';
import { Stats, showLoss } from '../stats.js';
import { Transport } from '../transport.js';
import type { View } from '../view.js';

/** What trainTable takes for small tables when it is not told. */
const DEFAULTS: Settings = { layers: [64], activation: 'relu', optimizer: 'adam', rate: 0.003, batch: 32, threads: 1, seed: 1 };
const FILES = ['native', 'onnx', 'report'] as const;

export class TableView implements View {
  readonly #chart = new Chart(byId('table-chart', HTMLCanvasElement), ['training', 'validation']);
  readonly #controls = new Controls('table', byId('table-settings', HTMLElement), DEFAULTS, DEFAULTS.rate, () => this.#change());
  readonly #stats = new Stats('table', byId('table-stats', HTMLElement), ['Epoch', 'Validation loss']);
  readonly #scores = byId('table-scores', HTMLElement);
  readonly #target = byId('target', HTMLSelectElement);
  readonly #drop = byId('drop', HTMLElement);
  readonly #report = byId('report', HTMLIFrameElement);
  readonly #transport: Transport;
  readonly #frames = new Frames(() => this.#draw());
  #link: Link<ToTable> | undefined;
  #opened: Opened | undefined;
  #trained: Trained | undefined;
  /** Of the tables to try; a file of the user's own is in no URL. */
  #sample: string | undefined;
  #wantedTarget: string | undefined;
  #id = 0;

  constructor(readonly onChange: () => void) {
    this.#transport = new Transport('table', byId('table-transport', HTMLElement), {
      run: () => this.#run(),
      pause: () => this.#link?.send({ kind: 'pause' }),
      finish: () => this.#link?.send({ kind: 'finish' }),
    });
    const file = byId('file', HTMLInputElement);
    file.addEventListener('change', () => this.#take(file.files?.[0]));
    for (const button of document.querySelectorAll<HTMLElement>('[data-sample]'))
      button.addEventListener('click', () => this.#try(button.dataset.sample ?? ''));
    byId('table-other', HTMLButtonElement).addEventListener('click', () => this.#close());
    this.#target.addEventListener('change', () => this.#change());
    for (const name of FILES) byId(`table-${name}`, HTMLButtonElement).addEventListener('click', () => this.#save(name));
    this.#takeDrops();
    onPalette(() => this.#frames.request());
    new ResizeObserver(() => this.#frames.request()).observe(byId('table-chart', HTMLCanvasElement));
  }

  show(parameters: URLSearchParams, fresh: boolean): void {
    this.#frames.shown = true;
    if (this.#link && !fresh) return;
    this.#link ??= openLink<ToTable, FromTable>(
      'table',
      (message) => this.#receive(message),
      (why) => this.#fail(why),
    );
    this.#controls.show(readSettings(parameters, DEFAULTS));
    this.#wantedTarget = parameters.get('target') ?? undefined;
    const sample = parameters.get('data');
    if (sample) void this.#try(sample);
    else if (this.#sample) this.#close();
  }

  hide(): void {
    this.#frames.shown = false;
  }

  parameters(): URLSearchParams {
    const parameters = new URLSearchParams();
    if (this.#sample) parameters.set('data', this.#sample);
    if (this.#opened && this.#target.value !== this.#opened.columns.at(-1)) parameters.set('target', this.#target.value);
    writeSettings(parameters, this.#controls.settings, DEFAULTS);
    return parameters;
  }

  #takeDrops(): void {
    const panel = byId('panel-table', HTMLElement);
    const over = (on: boolean): void => {
      this.#drop.classList.toggle('over', on);
    };
    panel.addEventListener('dragover', (event) => {
      event.preventDefault();
      over(true);
    });
    panel.addEventListener('dragleave', () => over(false));
    panel.addEventListener('drop', (event) => {
      event.preventDefault();
      over(false);
      this.#take(event.dataTransfer?.files[0]);
    });
  }

  #take(file: File | undefined): void {
    if (!file) return;
    this.#sample = undefined;
    this.#open({ name: file.name, text: file });
  }

  async #try(name: string): Promise<void> {
    const { SAMPLES } = await import('./samples.js');
    if (!Object.hasOwn(SAMPLES, name)) return;
    this.#sample = name;
    this.#open(SAMPLES[name as keyof typeof SAMPLES]);
  }

  #open(source: TableSource): void {
    announce(`Reading ${source.name}`);
    this.#link?.send({ kind: 'open', id: ++this.#id, source });
  }

  #close(): void {
    this.#id++;
    this.#link?.send({ kind: 'finish' });
    this.#sample = undefined;
    this.#opened = undefined;
    this.#transport.running = false;
    byId('file', HTMLInputElement).value = '';
    byId('table-shown', HTMLElement).hidden = true;
    this.#drop.hidden = false;
    this.#target.replaceChildren(make('option', {}, 'of the table to come'));
    this.#target.disabled = true;
    this.#forget();
    announce('');
    this.onChange();
  }

  /** What is set has changed: the model no longer is what the page says. */
  #change(): void {
    this.onChange();
    if (this.#opened) this.#train();
  }

  #forget(): void {
    this.#trained = undefined;
    this.#report.hidden = true;
    this.#scores.replaceChildren();
    byId('table-warnings', HTMLElement).hidden = true;
    for (const name of FILES) byId(`table-${name}`, HTMLButtonElement).disabled = true;
    this.#chart.clear();
    this.#stats.show({ Epoch: '–', 'Validation loss': '–' });
    this.#frames.request();
  }

  /** Goes on with a run that is paused, or begins one. */
  #run(): void {
    if (!this.#transport.paused) {
      this.#train();
      return;
    }
    this.#link?.send({ kind: 'resume' });
    this.#link?.send({ kind: 'tick' });
    this.#transport.running = true;
    announce('Training');
  }

  #train(): void {
    if (!this.#opened) return;
    this.#forget();
    this.#link?.send({ kind: 'train', id: ++this.#id, settings: this.#controls.settings, target: this.#target.value });
    this.#link?.send({ kind: 'tick' });
    this.#transport.running = true;
    announce('Training');
  }

  #receive(message: Exclude<FromTable, { kind: 'file' }>): void {
    if (message.id !== undefined && message.id !== this.#id) return;
    switch (message.kind) {
      case 'opened':
        this.#showTable(message);
        return;
      case 'frame':
        this.#takeFrame(message);
        return;
      case 'paused':
        this.#transport.pause();
        announce(`Paused at epoch ${message.epoch.toLocaleString('en')}`);
        return;
      case 'progress':
        announce(message.text);
        return;
      case 'trained':
        this.#showModel(message);
        return;
      case 'failed':
        this.#fail(message.message);
    }
  }

  #fail(message: string): void {
    this.#transport.running = false;
    announce(message);
    const place = byId('table-warnings', HTMLElement);
    place.textContent = message;
    place.hidden = false;
  }

  #showTable(opened: Opened): void {
    const { name, rows, columns } = opened;
    this.#opened = opened;
    this.#drop.hidden = true;
    byId('table-shown', HTMLElement).hidden = false;
    byId('table-name', HTMLElement).textContent = name;
    byId('table-size', HTMLElement).textContent = `${rows.toLocaleString('en')} rows, ${columns.length} columns`;
    this.#target.disabled = false;
    this.#target.replaceChildren(...columns.map((column) => make('option', { value: column }, column)));
    const last = columns.at(-1) ?? '';
    this.#target.value = columns.includes(this.#wantedTarget ?? '') ? (this.#wantedTarget ?? last) : last;
    this.#wantedTarget = undefined;
    this.#showPreview({});
    this.onChange();
    this.#train();
  }

  #showPreview(kinds: Readonly<Record<string, string>>): void {
    if (!this.#opened) return;
    const { columns, preview } = this.#opened;
    const target = this.#target.value;
    const kindOf = (column: string): string => (column === target ? 'to predict' : (kinds[column] ?? ''));
    const mark = (column: string): { class: string | undefined } => ({ class: column === target ? 'target' : undefined });
    const head = columns.map((column) => make('th', { scope: 'col', ...mark(column) }, column, make('small', {}, kindOf(column))));
    const body = preview.map((row) => make('tr', {}, ...row.map((cell, index) => make('td', mark(columns[index]), cell))));
    byId('table-preview', HTMLTableElement).replaceChildren(make('thead', {}, make('tr', {}, ...head)), make('tbody', {}, ...body));
  }

  #takeFrame({ epoch, loss, valLoss }: TableFrame): void {
    this.#chart.add(loss, valLoss);
    this.#stats.show({ Epoch: epoch.toLocaleString('en'), 'Validation loss': valLoss.length ? showLoss(valLoss.at(-1)) : undefined });
    this.#frames.request();
  }

  #showModel(trained: Trained): void {
    this.#trained = trained;
    this.#transport.running = false;
    this.#controls.showRuntime(trained.runtime);
    this.#showPreview(trained.kinds);
    this.#scores.replaceChildren(...trained.scores.map(([name, value]) => make('div', {}, make('dt', {}, name), make('dd', {}, value))));
    this.#report.srcdoc = trained.report;
    this.#report.hidden = false;
    const warnings = byId('table-warnings', HTMLElement);
    warnings.textContent = trained.warnings.join(' · ');
    warnings.hidden = trained.warnings.length === 0;
    for (const name of FILES) byId(`table-${name}`, HTMLButtonElement).disabled = false;
    const [[name, value]] = trained.scores;
    announce(`Done: ${name} ${value} on ${trained.heldOut.toLocaleString('en')} rows that it was not trained on`);
  }

  #save(name: (typeof FILES)[number]): void {
    if (name !== 'report') this.#link?.send({ kind: 'save', format: name });
    else if (this.#trained && this.#opened)
      download(`${this.#opened.name.replace(/\.\w+$/, '')}-report.html`, this.#trained.report, 'text/html');
  }

  #draw(): void {
    this.#chart.draw();
    if (this.#transport.running) this.#link?.send({ kind: 'tick' });
  }
}
