/** Trains on points in the plane and pictures the output, and that of each unit, between epochs. Knows messages, not the page. */
import { dense, Network } from 'gradlet';
import { type FromPoints, type Losses, type Pace, SURFACE, type ToPoints, UNIT } from '../messages.js';
import { type Points, SPAN } from '../points/problems.js';
import type { Settings } from '../settings.js';
import { makeNetwork, makeOptimizer, runsOn, saveAs } from './network.js';
import { Metronome } from './pace.js';

const LOSS = 'binaryCrossentropy';
/** Pictures of units are wanted less often than the surface: every so many milliseconds. */
const UNITS_MS = 100;
/** Units of a layer that are pictured at all. */
const PICTURED = 16;

/** Midpoints of a grid's cells, rows from the top. */
function grid(side: number): Float32Array<ArrayBuffer> {
  const at = (index: number): number => ((index + 0.5) / side) * 2 * SPAN - SPAN;
  return Float32Array.from({ length: 2 * side * side }, (_, index) => {
    const cell = index >> 1;
    return index % 2 === 0 ? at(cell % side) : -at(Math.floor(cell / side));
  });
}

const surfaceGrid = grid(SURFACE);
const unitGrid = grid(UNIT);

interface Data {
  readonly points: Points;
  readonly test: Points | undefined;
}

export class PointsSession {
  #settings: Settings | undefined;
  #network: Network | undefined;
  /** The first layers alone, one network for each hidden layer. */
  #heads: Network[] = [];
  #data: Data | undefined;
  /** What a paused fit goes on from. */
  #state: Uint8Array | undefined;
  #controller: AbortController | undefined;
  #running: Promise<void> = Promise.resolve();
  #metronome = new Metronome();
  #epoch = 0;
  #losses: [number[], number[]] = [[], []];
  #accuracy: number | undefined;
  #frameWanted = true;
  #unitsAt = 0;
  #id = 0;
  /** The run at hand was ended for another one: nobody is told. */
  #replaced = false;

  constructor(readonly send: (message: FromPoints, transfer: ArrayBuffer[]) => void) {}

  async receive(message: ToPoints): Promise<void> {
    switch (message.kind) {
      case 'tick':
        this.#frameWanted = true;
        return;
      case 'pace':
        this.#metronome.perSecond = message.pace.perSecond;
        return;
      case 'pause':
        return this.#halt(false);
      case 'make':
        await this.#halt(true);
        this.#id = message.id;
        this.#make(message.settings);
        this.#data = message;
        this.#frame(true);
        return;
      case 'points':
        await this.#halt(true);
        this.#id = message.id;
        this.#data = message;
        // Other rows: the run begins anew with the weights that there are.
        this.#state = undefined;
        this.#losses = [[], []];
        this.#epoch = 0;
        this.#frame(true);
        return;
      case 'run':
        await this.#halt(true);
        this.#running = this.#run(message.pace);
        return;
      case 'save':
        if (this.#network) this.send(await saveAs(this.#network, message.format, 'points'), []);
    }
  }

  #make(settings: Settings): void {
    const network = makeNetwork(settings, 2, 1, 'sigmoid');
    this.#settings = settings;
    this.#network = network;
    this.#state = undefined;
    this.#epoch = 0;
    this.#accuracy = undefined;
    this.#losses = [[], []];
    const hidden = settings.layers.map((units) => dense(units, { activation: settings.activation }));
    this.#heads = hidden.map((_, index) => new Network({ inputs: 2, layers: hidden.slice(0, index + 1), seed: 0 }));
  }

  async #halt(replaced: boolean): Promise<void> {
    this.#replaced = replaced;
    this.#controller?.abort();
    await this.#running;
    this.#replaced = false;
  }

  async #run({ epochs, perSecond }: Pace): Promise<void> {
    if (!this.#network || !this.#settings || !this.#data) return;
    const [network, settings, { points, test }] = [this.#network, this.#settings, this.#data];
    const controller = new AbortController();
    const { signal } = controller;
    const metronome = this.#metronome;
    this.#controller = controller;
    metronome.perSecond = perSecond;
    if (points.labels.length === 0) {
      this.send({ kind: 'stopped', why: 'paused' }, []);
      return;
    }
    // A stream is opened once an epoch: that is where it is held back.
    async function* epoch(): AsyncGenerator<{ x: Float32Array; y: Float32Array }> {
      await metronome.turn(() => signal.aborted);
      yield { x: points.xy, y: points.labels };
    }
    try {
      await network.fit(epoch, {
        loss: LOSS,
        optimizer: makeOptimizer(settings),
        batchSize: Math.min(settings.batch, points.labels.length),
        epochs,
        threads: settings.threads,
        signal,
        resume: this.#state,
        ...(test && { validationData: { x: test.xy, y: test.labels } }),
        onEpoch: ({ epoch: done, loss, valLoss }) => {
          this.#epoch = done + 1;
          this.#losses[0].push(loss);
          if (valLoss !== undefined) this.#losses[1].push(valLoss);
          if (this.#frameWanted) this.#frame(false);
        },
      });
      this.#finish(network, 'done');
    } catch (error) {
      this.#finish(network, signal.aborted ? 'paused' : 'error', error);
    }
  }

  #finish(network: Network, why: 'paused' | 'done' | 'error', error?: unknown): void {
    this.#controller = undefined;
    if (why !== 'error') this.#state = network.save({ trainingState: true });
    if (this.#replaced) return;
    this.#frame(true);
    this.send({ kind: 'stopped', why, message: why === 'error' ? (error as Error).message : undefined }, []);
  }

  /** A picture of the network as it is now. `whole`: with all units. */
  #frame(whole: boolean): void {
    const network = this.#network;
    if (!network) return;
    this.#frameWanted = false;
    const now = performance.now();
    const withUnits = whole || now - this.#unitsAt > UNITS_MS;
    const surface = network.predict(surfaceGrid).data;
    const test = this.#data?.test ?? this.#data?.points;
    if (test && test.labels.length > 0 && withUnits) {
      const answers = network.predict(test.xy).data;
      this.#accuracy = answers.reduce((sum, value, row) => sum + Number(value > 0.5 === test.labels[row] > 0.5), 0) / answers.length;
    }
    let units: Float32Array<ArrayBuffer>[] | undefined;
    let kernels: Float32Array<ArrayBuffer>[] | undefined;
    if (withUnits) {
      this.#unitsAt = now;
      const weights = network.getWeights();
      kernels = weights.filter(({ name }) => name.endsWith('.kernel')).map(({ data }) => data);
      units = this.#heads.map((head, index) => {
        head.setWeights(weights.slice(0, 2 * index + 2));
        return pictures(head);
      });
    }
    const losses = this.#takeLosses();
    const { epoch, accuracy } = { epoch: this.#epoch, accuracy: this.#accuracy };
    this.send({ kind: 'frame', id: this.#id, epoch, accuracy, ...losses, surface, units, kernels, runtime: runsOn(network) }, [
      surface.buffer,
      ...[losses.loss, losses.valLoss, ...(units ?? []), ...(kernels ?? [])].map(({ buffer }) => buffer),
    ]);
  }

  #takeLosses(): Losses {
    const [loss, valLoss] = this.#losses.map((list) => Float32Array.from(list));
    this.#losses = [[], []];
    return { loss, valLoss };
  }
}

/** The outputs of the first units over the plane, one picture after another. */
function pictures(head: Network): Float32Array<ArrayBuffer> {
  const { data, rows, columns } = head.predict(unitGrid);
  const count = Math.min(columns, PICTURED);
  const out = new Float32Array(count * rows);
  for (let unit = 0; unit < count; unit++) for (let row = 0; row < rows; row++) out[unit * rows + row] = data[row * columns + unit];
  return out;
}
