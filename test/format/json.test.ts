// JSON from strangers: what is let through is what JSON.parse gives, and what is refused says why.

import { describe, expect, it } from 'vitest';
import { GradletError } from '../../src/errors.js';
import { parseJson } from '../../src/format/json.js';

const LIMITS = { depth: 4, spacing: 4 };

it.each([
  '{}',
  '[]',
  'null',
  '-0',
  '"a:{[\\"]}"',
  '{"a":1,"b":{"a":1,"c":[{"a":":"},{"a":2}]}}',
  '{"a\\\\":":\\"","b\\"":"\\\\","":""}',
  ' { "a" : [ 1 , 2 ] , "toString" : { "constructor" : null } } ',
  `[${'1,'.repeat(1000)}1]`,
])('%s is read as by JSON.parse', (text) => expect(parseJson('it', text, LIMITS)).toEqual(JSON.parse(text)));

describe('refused', () => {
  it.each([
    ['no JSON', '{"a":}', /^it is no JSON$/],
    ['nothing', '', /^it is no JSON$/],
    ['a text without end', '"abc', /^it is no JSON$/],
    ['a key twice', '{"a":1,"a":1}', /^it is refused: an object has a key twice$/],
    ['a key twice, deep inside', '[{"b":{"a":1,"a":2}}]', /key twice/],
    ['a key twice, written in two ways', '{"a":1,"\\u0061":2}', /key twice/],
    ['a prototype', '{"__proto__":{"polluted":1}}', /^it is refused: an object has the key '__proto__'$/],
    ['a prototype, deep inside and in disguise', '[[{"\\u005f_proto__":null}]]', /__proto__/],
    ['a prototype twice', '{"__proto__":1,"__proto__":2}', /__proto__/],
    ['depth 5', '[[[[[]]]]]', /more than 4 objects and arrays inside each other/],
    ['depth without end', '['.repeat(1e7), /more than 4 objects/],
    ['objects without end', '{"":'.repeat(1e6), /more than 4 objects/],
    ['many small parts', `[${'[],'.repeat(1000)}[]]`, /1002 objects and arrays or more in so short a text/],
  ])('%s', (_, text, reason) => {
    try {
      parseJson('it', text, LIMITS);
    } catch (error) {
      expect(error).toBeInstanceOf(GradletError);
      expect((error as GradletError).code).toBe('ERR_FORMAT');
      expect((error as Error).message).toMatch(reason);
      expect(({} as { polluted?: number }).polluted).toBeUndefined();
      return;
    }
    expect.fail('it was read');
  });
});
