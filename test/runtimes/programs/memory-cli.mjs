/** The memory proofs in a runtime with a command line; prints one line of JSON with megabytes held. */
import * as gradlet from 'gradlet';
import { dropMany, keepMany, wantTooMuch } from './memory.mjs';

const collect = globalThis.gc ?? globalThis.Bun?.gc;
const pause = async () => {
  await new Promise((resolve) => setTimeout(resolve, 0));
  collect?.(true);
  await new Promise((resolve) => setTimeout(resolve, 0));
};
const held = async () => {
  for (let i = 0; i < 3; i++) await pause();
  return process.memoryUsage().rss / 2 ** 20;
};

const refused = wantTooMuch(gradlet);
await dropMany(gradlet, 5000, pause);
let early = await held();
await dropMany(gradlet, 10_000, pause);
let late = await held();
// A heap may enlarge its nursery once, at any time; what leaks grows again.
if (late > early * 1.25) {
  early = late;
  await dropMany(gradlet, 10_000, pause);
  late = await held();
}
const alive = keepMany(gradlet, 1000);
console.log(JSON.stringify({ early, late, alive, refused }));
process.exit(0);
