// What fuzzing has found or reached is read again: every input of the corpus, then some thousand new ones, the same in every run.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { seeded } from '../support/random.js';
import { countAllocations, judge } from './judge.js';
import { mutate } from './mutate.js';
import { READERS } from './readers.js';

countAllocations();

const corpusOf = (name: string): string => join(import.meta.dirname, 'corpus', name);

describe.each(READERS.map((reader) => [reader.name, reader] as const))('%s', (name, reader) => {
  it('reads its seeds', async () => {
    for (const bytes of await reader.seeds()) expect(judge(reader, bytes)).toEqual({ verdict: 'read', finding: undefined });
  });

  it('has its corpus, and nothing in it is a finding', { timeout: 60_000 }, () => {
    expect(existsSync(corpusOf(name))).toBe(true);
    for (const file of readdirSync(corpusOf(name))) {
      expect(judge(reader, new Uint8Array(readFileSync(join(corpusOf(name), file)))).finding, file).toBeUndefined();
    }
  });

  it('finds nothing among new inputs', { timeout: 60_000 }, async () => {
    const random = seeded(7);
    const pool = await reader.seeds();
    for (let count = 0; count < 500; count++) {
      const bytes = mutate(reader, random.pick(pool), random.pick(pool), random);
      const { finding } = judge(reader, bytes);
      if (finding) expect.fail(`${finding}\n${Buffer.from(bytes).toString('base64')}`);
    }
  });
});
