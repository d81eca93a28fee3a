/** Trains on handwritten digits and answers what a drawing is, before, while and after. Knows messages, not the page. */
import type { Network } from 'gradlet';
import type { DigitsFrame, FromDigits, Mistake, ToDigits } from '../messages.js';
import type { Settings } from '../settings.js';
import { makeNetwork, makeOptimizer, runsOn, saveAs } from './network.js';

const PIXELS = 784;
const CLASSES = 10;
const INPUT_SCALE = 1 / 255;
/** Mistakes that are shown. */
const MOST_MISTAKES = 12;

interface Images {
  readonly pixels: Uint8Array<ArrayBuffer>;
  readonly labels: Int32Array<ArrayBuffer>;
}

/** The file that digits.mjs writes: two counts, then labels and pixels of either set, all packed by gzip. */
async function fetchDigits(url: string): Promise<{ train: Images; test: Images }> {
  const response = await fetch(url);
  if (!response.ok || !response.body) throw new Error(`the digits could not be loaded: ${response.status} ${response.statusText}`);
  const unpacked = response.body.pipeThrough(new DecompressionStream('gzip'));
  const bytes = new Uint8Array(await new Response(unpacked).arrayBuffer());
  const counts = new DataView(bytes.buffer);
  let at = 8;
  const take = (count: number): Images => {
    const labels = Int32Array.from(bytes.subarray(at, at + count));
    const pixels = bytes.slice(at + count, at + count * (1 + PIXELS));
    at += count * (1 + PIXELS);
    return { labels, pixels };
  };
  return { train: take(counts.getUint32(0, true)), test: take(counts.getUint32(4, true)) };
}

export class DigitsSession {
  #data: { train: Images; test: Images } | undefined;
  #settings: Settings | undefined;
  #network: Network | undefined;
  #state: Uint8Array | undefined;
  #controller: AbortController | undefined;
  #running: Promise<void> = Promise.resolve();
  #frameWanted = true;
  #drawing: Uint8Array<ArrayBuffer> | undefined;
  #sample = 0;
  #id = 0;
  /** The run at hand was ended for another one: nobody is told. */
  #replaced = false;
  #seen = { epoch: 0, progress: 0, imagesPerSecond: undefined as number | undefined, accuracy: undefined as number | undefined };
  #losses: [number[], number[]] = [[], []];

  constructor(readonly send: (message: FromDigits, transfer: ArrayBuffer[]) => void) {}

  async receive(message: ToDigits): Promise<void> {
    switch (message.kind) {
      case 'tick':
        this.#frameWanted = true;
        return;
      case 'load': {
        this.#data = await fetchDigits(message.url);
        const { train, test } = this.#data;
        this.send({ kind: 'loaded', train: train.labels.length, test: test.labels.length }, []);
        return;
      }
      case 'make':
        await this.#halt(true);
        this.#id = message.id;
        this.#make(message.settings);
        return;
      case 'run':
        await this.#halt(true);
        this.#running = this.#run(message.epochs);
        return;
      case 'pause':
        return this.#halt(false);
      case 'guess':
        this.#drawing = message.pixels;
        this.#guess();
        return;
      case 'sample':
        return this.#show();
      case 'save':
        if (this.#network) this.send(await saveAs(this.#network, message.format, 'digits'), []);
    }
  }

  #make(settings: Settings): void {
    this.#settings = settings;
    this.#network = makeNetwork(settings, PIXELS, CLASSES, 'softmax');
    // By convention, what is done to raw inputs.
    this.#network.metadata = { preprocessing: JSON.stringify({ inputScale: INPUT_SCALE }) };
    this.#state = undefined;
    this.#seen = { epoch: 0, progress: 0, imagesPerSecond: undefined, accuracy: undefined };
    this.#losses = [[], []];
    this.#frame(undefined);
  }

  async #halt(replaced: boolean): Promise<void> {
    this.#replaced = replaced;
    this.#controller?.abort();
    await this.#running;
    this.#replaced = false;
  }

  async #run(epochs: number): Promise<void> {
    if (!this.#network || !this.#settings || !this.#data) return;
    const [network, settings, { train, test }] = [this.#network, this.#settings, this.#data];
    const controller = new AbortController();
    this.#controller = controller;
    const batches = Math.ceil(train.labels.length / settings.batch);
    try {
      await network.fit(train.pixels, train.labels, {
        loss: 'sparseCategoricalCrossentropy',
        optimizer: makeOptimizer(settings),
        batchSize: settings.batch,
        epochs,
        threads: settings.threads,
        inputScale: INPUT_SCALE,
        metrics: ['accuracy'],
        validationData: { x: test.pixels, y: test.labels },
        signal: controller.signal,
        resume: this.#state,
        onBatch: ({ epoch, batch, samplesPerSecond }) => {
          if (!this.#frameWanted) return;
          this.#seen = { ...this.#seen, progress: (epoch + (batch + 1) / batches) / epochs, imagesPerSecond: samplesPerSecond };
          this.#frame(undefined);
        },
        onEpoch: ({ epoch, loss, valLoss, valMetrics, samplesPerSecond }) => {
          this.#losses[0].push(loss);
          this.#losses[1].push(valLoss ?? Number.NaN);
          this.#seen = {
            epoch: epoch + 1,
            progress: (epoch + 1) / epochs,
            imagesPerSecond: samplesPerSecond,
            accuracy: valMetrics?.accuracy,
          };
          this.#frame(this.#mistakes(network, test));
        },
      });
      this.#finish(network, 'done');
    } catch (error) {
      this.#finish(network, controller.signal.aborted ? 'paused' : 'error', error);
    }
  }

  #finish(network: Network, why: 'paused' | 'done' | 'error', error?: unknown): void {
    this.#controller = undefined;
    if (why !== 'error') this.#state = network.save({ trainingState: true });
    if (this.#replaced) return;
    this.#frame(undefined);
    this.send({ kind: 'stopped', why, message: why === 'error' ? (error as Error).message : undefined }, []);
  }

  #frame(mistakes: Mistake[] | undefined): void {
    if (!this.#network) return;
    this.#frameWanted = false;
    const [loss, valLoss] = this.#losses.map((list) => Float32Array.from(list));
    this.#losses = [[], []];
    const frame: DigitsFrame = { kind: 'frame', id: this.#id, ...this.#seen, loss, valLoss, mistakes, runtime: runsOn(this.#network) };
    this.send(frame, []);
    this.#guess();
  }

  /** What the drawing is now taken for. */
  #guess(): void {
    if (!this.#network || !this.#drawing) return;
    const probabilities = this.#network.predict(this.#drawing, { inputScale: INPUT_SCALE }).data;
    this.send({ kind: 'guess', probabilities }, [probabilities.buffer]);
  }

  #mistakes(network: Network, { pixels, labels }: Images): Mistake[] {
    const guesses = network.predictClasses(pixels, { inputScale: INPUT_SCALE });
    const wrong = Array.from(guesses.keys()).filter((row) => guesses[row] !== labels[row]);
    return wrong.slice(0, MOST_MISTAKES).map((row) => ({
      pixels: pixels.slice(row * PIXELS, (row + 1) * PIXELS),
      label: labels[row],
      guess: guesses[row],
    }));
  }

  /** The next test image, as if it had been drawn. */
  #show(): void {
    if (!this.#data) return;
    const { pixels, labels } = this.#data.test;
    const row = this.#sample++ % labels.length;
    this.#drawing = pixels.slice(row * PIXELS, (row + 1) * PIXELS);
    this.send({ kind: 'sample', pixels: this.#drawing, label: labels[row] }, []);
    this.#guess();
  }
}
