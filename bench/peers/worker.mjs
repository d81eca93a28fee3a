/**
 * One peer at one work in a process of its own: `node worker.mjs PEER WORK`. Says what it is, then, for every line that it
 * reads, works for a while and answers with the microseconds of one unit. python/worker.py speaks the same.
 */
import { createInterface } from 'node:readline';
import { WORKS } from './works.mjs';

/** Milliseconds of a round, and of what goes before the first one. */
const ROUND_MS = 200;

const [peerName, workName] = process.argv.slice(2);
const work = WORKS[workName];

function say(message) {
  process.stdout.write(`@${JSON.stringify(message)}\n`);
}

async function time(task, runs) {
  const before = performance.now();
  await task.run(runs);
  return performance.now() - before;
}

/** Runs that take a round, found while the engine warms up. */
async function calibrate(task) {
  for (let runs = 1; ; runs *= 2) {
    const cold = await time(task, runs);
    const milliseconds = cold > ROUND_MS ? cold : await time(task, runs);
    if (milliseconds * 2 > ROUND_MS) return Math.max(1, Math.round((runs * ROUND_MS) / milliseconds));
  }
}

try {
  const peer = await import(`./${peerName}.mjs`);
  if (!peer[work.kind]) {
    say({ missing: peer.missing?.[work.kind] ?? 'does not do this' });
    process.exit();
  }
  const task = await peer[work.kind](work);
  say({ version: peer.version, note: task.note });
  let runs = 0;
  for await (const _ of createInterface({ input: process.stdin })) {
    // The first line only warms up.
    if (runs === 0) {
      runs = await calibrate(task);
      say({});
      continue;
    }
    const milliseconds = await time(task, runs);
    say({ microseconds: (milliseconds * 1000) / (runs * task.units), accuracy: await task.accuracy?.() });
  }
} catch (error) {
  say({ missing: String(error?.message ?? error).split('\n')[0] });
}
process.exit();
