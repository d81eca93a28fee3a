/** How long fit keeps its thread to itself, and how soon an abort ends it. Knows only the public API. */
import type { Line, Table } from './measure.js';
import { classifier, randomData, stepOptions, XOR } from './networks.js';
import { median } from './numbers.mjs';
import { LONG_RUNS, stepName } from './shapes.js';

const ABORTS = 9;
/** Milliseconds after which an abort comes; odd, so that it does not meet the slices' rhythm. */
const ABORT_AFTER = 47;

type LongRun = (typeof LONG_RUNS)[number];

/** A function that starts a run of fit, once. */
function prepare(run: LongRun): (signal?: AbortSignal) => Promise<unknown> {
  const { widths, rows, epochs } = run;
  if (widths[0] === XOR.x.length / XOR.y.length) {
    const network = XOR.network();
    return (signal) => network.fit(XOR.x, XOR.y, { ...XOR.options, epochs, signal });
  }
  const { x, y } = randomData(widths, rows);
  const network = classifier(widths);
  return (signal) => network.fit(x, y, { ...stepOptions(run), epochs, signal });
}

/** Lengths of the stretches, in milliseconds, between two turns of the event loop while `work` runs; the first begins with it. */
async function stretches(work: () => Promise<unknown>): Promise<number[]> {
  const found: number[] = [];
  let last = performance.now();
  let over = false;
  const tick = (): void => {
    const now = performance.now();
    found.push(now - last);
    last = now;
    if (!over) setImmediate(tick);
  };
  setImmediate(tick);
  await work();
  over = true;
  return found;
}

/** Milliseconds from an abort to the rejection. */
async function abortLatency(work: (signal: AbortSignal) => Promise<unknown>): Promise<number> {
  const controller = new AbortController();
  let aborted = 0;
  setTimeout(() => {
    aborted = performance.now();
    controller.abort();
  }, ABORT_AFTER);
  try {
    await work(controller.signal);
  } catch {
    return performance.now() - aborted;
  }
  throw new Error(`the run was over before it could be aborted after ${ABORT_AFTER} ms`);
}

export async function responsivenessTable(): Promise<Table> {
  const lines: Line[] = [];
  for (const run of LONG_RUNS) {
    const work = prepare(run);
    const name = `${stepName(run)}, ${run.rows.toLocaleString('en')} rows`;
    // The very first stretch checks, copies and plans; afterwards there are only slices.
    const [start, ...slices] = (await stretches(work)).filter((length) => length > 0.1);
    lines.push({ name: `${name}: before the first yield`, unit: 'stretch', microseconds: start * 1000 });
    lines.push({
      name: `${name}: while it trains`,
      unit: 'stretch',
      microseconds: median(slices) * 1000,
      most: Math.max(...slices) * 1000,
    });
    const latencies: number[] = [];
    for (let i = 0; i < ABORTS; i++) latencies.push(await abortLatency(work));
    lines.push({
      name: `${name}: from abort to rejection`,
      unit: 'abort',
      microseconds: median(latencies) * 1000,
      most: Math.max(...latencies) * 1000,
    });
  }
  return { title: 'Responsiveness of fit', lines, note: 'Stretches without a turn of the event loop.' };
}
