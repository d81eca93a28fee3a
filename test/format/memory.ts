// Reads one misleading input, for memory.test.ts to run in a process whose heap is limited: V8 ends it when that does not do.

import { Network } from '../../src/index.js';

const SIZE = 4_000_000;

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/** The same part again and again. */
const repeated = (before: string, part: string, after: string): string => before + part.repeat(Math.floor(SIZE / part.length)) + after;

/** Parts that differ in a number. */
function numbered(before: string, part: (index: number) => string, after: string): string {
  const count = Math.floor(SIZE / (part(100_000).length + 1));
  return before + Array.from({ length: count }, (_, index) => part(index)).join(',') + after;
}

function container(header: string): Uint8Array {
  const text = utf8(header);
  const file = new Uint8Array(8 + text.length);
  new DataView(file.buffer).setBigUint64(0, BigInt(text.length), true);
  file.set(text, 8);
  return file;
}

const MODEL = '{"format":"gradlet","formatVersion":"2","weights":[';
const NETWORK = '"network":{"inputs":1,"seed":1,"numerics":"fast","counters":{},"layers":[';

const INPUTS: Readonly<Record<string, () => Uint8Array | string>> = {
  'a header of many empty arrays': () => container(repeated('{"a":[', '[],', '[]]}')),
  'a header of many small objects': () => container(numbered('{', (index) => `"${index}":{}`, '}')),
  'a header of many tensors without numbers': () =>
    container(numbered('{', (index) => `"${index}":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}`, '}')),
  'a header of one long shape': () => container(repeated('{"a":{"dtype":"F32","data_offsets":[0,0],"shape":[', '1,', '1]}}')),
  'a header of nothing but braces': () => container('{'.repeat(SIZE)),
  'metadata of many names': () => container(numbered('{"__metadata__":{', (index) => `"${index}":"${'x'.repeat(20)}"`, '}}')),
  'JSON of many empty arrays': () => repeated(MODEL, '[],', '[]]}'),
  'JSON of one long list of numbers': () => repeated(MODEL, '1,', '1]}'),
  'JSON of many layers': () => numbered(`${MODEL}],${NETWORK}`, () => '{"type":"activation","activation":"relu"}', ']}}'),
};

const input = INPUTS[process.argv[2]]();
try {
  if (typeof input === 'string') Network.fromJSON(input);
  else Network.load(input);
  console.log('read');
} catch (error) {
  console.log(`${(error as { code?: string }).code}: ${(error as Error).message.slice(0, 200)}`);
}
