/** Reads a table, trains on most of it, and reports on the rest. Knows messages, not the page. */
import { type Columns, parseTable, reportHtml, type TableEvaluation, type TableModel, trainTable } from 'gradlet/tabular';
import type { FromTable, TableSource, ToTable } from '../messages.js';
import { uniform } from '../points/problems.js';
import type { Settings } from '../settings.js';
import { runsOn, saveAs } from './network.js';

/** Share of the rows on which the model is measured; of a small table at least a few. */
const HELD_OUT = 0.2;
const PREVIEW = 6;

const pick = (columns: Columns, rows: readonly number[]): Columns =>
  Object.fromEntries(Object.entries(columns).map(([name, cells]) => [name, rows.map((row) => cells[row])]));

/** The same rows for the same seed, in their order. */
function split(count: number, seed: number): { train: number[]; test: number[] } {
  const random = uniform(seed);
  const order = Array.from({ length: count }, (_, row) => row);
  for (let last = count - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [order[last], order[other]] = [order[other], order[last]];
  }
  const held = Math.round(count * HELD_OUT);
  const sorted = (rows: number[]): number[] => rows.sort((a, b) => a - b);
  return { train: sorted(order.slice(held)), test: sorted(order.slice(0, held)) };
}

function scoresOf(evaluation: TableEvaluation): (readonly [string, string])[] {
  if (evaluation.task === 'classification') {
    return [
      ['Accuracy', `${(100 * evaluation.accuracy).toFixed(1)} %`],
      ['Balanced', `${(100 * evaluation.balancedAccuracy).toFixed(1)} %`],
    ];
  }
  return [
    ['R²', evaluation.r2.toFixed(3)],
    ['Mean error', Number(evaluation.mae.toPrecision(4)).toLocaleString('en')],
  ];
}

export class TableSession {
  #name = '';
  #columns: Columns | undefined;
  #rows = 0;
  #model: TableModel | undefined;
  #running: Promise<void> = Promise.resolve();
  /** Ends the run after the epoch at hand; `#replaced`: after the batch, because another one takes its place. */
  #stop = false;
  #replaced = false;
  /** Lets a held run go on. */
  #release: (() => void) | undefined;
  #hold = false;
  #frameWanted = true;
  #id = 0;

  constructor(readonly send: (message: FromTable, transfer: ArrayBuffer[]) => void) {}

  async receive(message: ToTable): Promise<void> {
    switch (message.kind) {
      case 'tick':
        this.#frameWanted = true;
        return;
      case 'open':
        await this.#halt();
        this.#id = message.id;
        return this.#open(message.source);
      case 'train':
        await this.#halt();
        this.#id = message.id;
        this.#hold = false;
        this.#running = this.#train(message.settings, message.target);
        return;
      case 'pause':
        this.#hold = true;
        return;
      case 'resume':
        this.#goOn();
        return;
      case 'finish':
        this.#stop = true;
        this.#goOn();
        return;
      case 'save':
        if (this.#model) await this.#save(this.#model, message.format);
    }
  }

  #goOn(): void {
    this.#hold = false;
    this.#release?.();
  }

  /** Waits while the run is held: training goes no further than the callback that waits here. */
  async #held(tell: () => void): Promise<void> {
    while (this.#hold) {
      const released = new Promise<void>((resolve) => {
        this.#release = resolve;
      });
      tell();
      await released;
      this.#release = undefined;
    }
  }

  async #halt(): Promise<void> {
    this.#replaced = true;
    this.#goOn();
    await this.#running;
    this.#replaced = false;
    this.#stop = false;
  }

  async #open({ name, text }: TableSource): Promise<void> {
    this.#model = undefined;
    this.#columns = undefined;
    try {
      const columns = parseTable(typeof text === 'string' ? text : await text.text());
      const names = Object.keys(columns);
      this.#rows = columns[names[0]]?.length ?? 0;
      if (names.length < 2 || this.#rows < 2)
        throw new RangeError(`expected two columns and two rows at least, got ${names.length} and ${this.#rows}`);
      this.#name = name;
      this.#columns = columns;
      const preview = Array.from({ length: Math.min(PREVIEW, this.#rows) }, (_, row) =>
        names.map((column) => String(columns[column][row] ?? '')),
      );
      this.send({ kind: 'opened', id: this.#id, name, rows: this.#rows, columns: names, preview }, []);
    } catch (error) {
      this.send({ kind: 'failed', id: this.#id, message: `${name} could not be read: ${(error as Error).message}` }, []);
    }
  }

  async #train(settings: Settings, target: string): Promise<void> {
    const columns = this.#columns;
    if (!columns) return;
    const id = this.#id;
    const replaced = (): boolean => id !== this.#id;
    try {
      const { train, test } = split(this.#rows, settings.seed);
      const warnings: string[] = [];
      const model = await this.#fit(pick(columns, train), settings, target, warnings);
      // Training may be over before anybody could stop it.
      if (replaced()) return;
      this.#model = model;
      this.send({ kind: 'progress', id, text: 'Writing the report' }, []);
      const held = pick(columns, test);
      const evaluation = model.evaluate(held);
      const report = await reportHtml({
        model,
        table: held,
        evaluation,
        source: `${this.#name}, ${test.length} rows that it was not trained on`,
      });
      const kinds = Object.fromEntries(model.columns.map(({ name, kind }) => [name, kind]));
      const runtime = runsOn(model.network);
      this.send(
        { kind: 'trained', id, runtime, rows: train.length, heldOut: test.length, scores: scoresOf(evaluation), kinds, warnings, report },
        [],
      );
    } catch (error) {
      this.send({ kind: 'failed', id, message: (error as Error).message }, []);
    }
  }

  async #fit(table: Columns, settings: Settings, target: string, warnings: string[]): Promise<TableModel> {
    const { layers, activation, optimizer, rate, batch, threads, seed } = settings;
    const losses: [number[], number[]] = [[], []];
    const id = this.#id;
    let epochs = 0;
    const tell = (): void => {
      const [loss, valLoss] = losses.map((list) => Float32Array.from(list.splice(0)));
      this.send({ kind: 'frame', id, epoch: epochs, loss, valLoss }, []);
    };
    const model = await trainTable(table, {
      target,
      hidden: layers,
      activation,
      optimizer,
      learningRate: rate,
      batchSize: batch,
      threads,
      seed,
      onWarning: (message) => warnings.push(message),
      onBatch: async () => {
        if (this.#hold)
          await this.#held(() => {
            tell();
            this.send({ kind: 'paused', id, epoch: epochs }, []);
          });
        return !this.#replaced;
      },
      onEpoch: ({ epoch, loss, valLoss }) => {
        losses[0].push(loss);
        if (valLoss !== undefined) losses[1].push(valLoss);
        epochs = epoch + 1;
        if (this.#frameWanted) {
          this.#frameWanted = false;
          tell();
        }
        return !this.#stop;
      },
    });
    tell();
    return model;
  }

  async #save(model: TableModel, format: 'native' | 'onnx'): Promise<void> {
    const name = this.#name.replace(/\.\w+$/, '') || 'table';
    // The file of a table's model has what the network alone does not know.
    if (format === 'native') this.send({ kind: 'file', name: `${name}.safetensors`, bytes: model.save() }, []);
    else this.send(await saveAs(model.network, format, name), []);
  }
}
