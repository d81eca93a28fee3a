// A process that saves without end is killed at random moments: what is in the file then is whole, and no older than what the process
// last said was saved. GRADLET_KILLS says how often (`npm run test:crash`: 200 times).

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadFile } from '../../src/node.js';
import { seeded } from '../support/random.js';

const KILLS = Number(process.env.GRADLET_KILLS ?? 5);
/** Milliseconds: a few times what one saving takes. */
const SPREAD = 30;

const folder = mkdtempSync(join(tmpdir(), 'gradlet-'));
const script = join(folder, 'writer.mjs');
const target = join(folder, 'model.safetensors');
beforeAll(async () => {
  const entryPoints = [join(import.meta.dirname, 'writer.ts')];
  await build({ entryPoints, outfile: script, bundle: true, platform: 'node', format: 'esm', logLevel: 'warning' });
});
afterAll(() => rmSync(folder, { recursive: true }));

/** The last number that a process said, by the time it is dead. */
async function lastSaid(child: ChildProcess, kill: () => Promise<void>): Promise<number> {
  let said = '';
  child.stdout?.on('data', (text) => void (said += text));
  child.stderr?.pipe(process.stderr);
  const closed = once(child, 'close');
  await Promise.race([once(child.stdout as NodeJS.ReadableStream, 'data'), closed]);
  await kill();
  await closed;
  return Number(said.trimEnd().split('\n').pop());
}

it(`killed ${KILLS} times, it leaves a whole file each time`, { timeout: 30_000 + 3_000 * KILLS }, async () => {
  const random = seeded(Number(process.env.GRADLET_SEED ?? 1));
  let cutOff = 0;
  for (let round = 0; round < KILLS; round++) {
    const child = spawn(process.execPath, [script, target], { stdio: ['ignore', 'pipe', 'pipe'] });
    const said = await lastSaid(child, async () => {
      await setTimeout(random.uniform(0, SPREAD));
      child.kill('SIGKILL');
    });
    const network = loadFile(target);
    const turn = Number(network.metadata.turn);
    expect(turn, `round ${round}`).toBeGreaterThanOrEqual(said);
    expect(turn).toBeLessThanOrEqual(said + 1);
    expect(network.getWeights()[0].data.every((value) => value === turn)).toBe(true);
    cutOff = readdirSync(folder).filter((name) => name.endsWith('.tmp')).length;
  }
  console.info(`${KILLS} kills, of which ${cutOff} in the middle of a file`);
});
