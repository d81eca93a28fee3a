/** The edge example in workerd: it predicts, learns, keeps what it learned, and says what is wrong with bad input. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeDeliveries } from '../../examples/edge/deliveries.js';
import { MINUTES, readDeliveries, readOrders } from '../../examples/edge/orders.js';
import { Network } from '../../src/index.js';
import { bundle, start, type Worker } from './worker.js';

const folder = mkdtempSync(join(tmpdir(), 'gradlet-edge-'));
const example = new URL('../../examples/edge/', import.meta.url).pathname;
const script = join(folder, 'script');
const storage = join(folder, 'storage');
const orders = makeDeliveries(20, { seed: 5 }).map(({ kilometres, items, hour, rain }) => ({ kilometres, items, hour, rain }));
/** What arrives in a city where everything takes longer, in requests of 40. */
const slow = makeDeliveries(400, { seed: 9, slowness: 2 });
const requests = Array.from({ length: 10 }, (_, index) => slow.slice(40 * index, 40 * index + 40));
let worker: Worker;

beforeAll(async () => {
  await bundle(script);
  worker = await start(script, storage);
});
afterAll(async () => {
  await worker.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function modelOf(city: string): Promise<Uint8Array> {
  return new Uint8Array(await (await worker.get(`/model?city=${city}`)).arrayBuffer());
}

test('the bundled model is the one that train.js makes', () => {
  const path = join(folder, 'model.safetensors');
  execFileSync(process.execPath, [join(example, 'train.js'), path]);
  const [made, bundled] = [path, join(example, 'model.safetensors')].map((file) => Network.load(readFileSync(file)));
  expect(made.metadata).toEqual(bundled.metadata);
  expect(made.summary()).toBe(bundled.summary());
  // Releases may round otherwise; within one every bit is the same.
  const { x } = readDeliveries({ deliveries: makeDeliveries(200, { seed: 3 }) });
  const [ours, theirs] = [made.predict(x).data, bundled.predict(x).data];
  for (const [row, value] of ours.entries()) expect(value).toBeCloseTo(theirs[row], 3);
});

describe('POST /predict', () => {
  test('answers as the bundled model does in Node', async () => {
    const { status, json } = await worker.post('/predict', { orders });
    const network = Network.load(readFileSync(join(example, 'model.safetensors')));
    const expected = Array.from(network.predict(readOrders({ orders })).data, (value) => Math.round(value * MINUTES * 10) / 10);
    expect(status).toBe(200);
    expect(json).toEqual({ minutes: expected, learned: 0 });
  });

  test('answers the request of the README', async () => {
    const page = readFileSync(join(example, 'README.md'), 'utf8');
    const [, path, body] = /^curl localhost:8787(\S+) -d '([^']+)'$/m.exec(page) ?? [];
    const { status, json } = await worker.post(path, body);
    expect([status, json]).toEqual([200, { minutes: [expect.any(Number)], learned: 0 }]);
  });

  test('a city that has learned nothing answers as the bundled model', async () => {
    const [general, city] = [await worker.post('/predict', { orders }), await worker.post('/predict?city=rome', { orders })];
    expect(city).toEqual(general);
  });
});

describe('POST /learn', () => {
  test('a slower city is learned within 400 deliveries, and others stay as they were', async () => {
    const errors: number[] = [];
    for (const deliveries of requests) {
      const { status, json } = await worker.post('/learn?city=slowville', { deliveries });
      expect(status).toBe(200);
      errors.push(json.error as number);
    }
    expect(errors.at(-1)).toBeLessThan(errors[0] / 3);
    expect((await worker.post('/predict?city=slowville', { orders })).json.learned).toBe(400);
    expect((await worker.post('/predict?city=rome', { orders })).json.learned).toBe(0);
  });

  test('what was learned outlives the process, bit for bit', async () => {
    for (const [index, deliveries] of requests.entries()) {
      await worker.post('/learn?city=stopped', { deliveries });
      if (index % 4 !== 1) continue;
      await worker.stop();
      worker = await start(script, storage);
    }
    expect(await modelOf('stopped')).toEqual(await modelOf('slowville'));
    expect((await worker.post('/predict?city=stopped', { orders })).json).toEqual(
      (await worker.post('/predict?city=slowville', { orders })).json,
    );
  });

  test('requests at once do not lose updates', async () => {
    await Promise.all(requests.map((deliveries) => worker.post('/learn?city=busy', { deliveries })));
    expect((await worker.post('/predict?city=busy', { orders })).json.learned).toBe(400);
  });

  test('what a city has learned is a model for everyone', async () => {
    const network = Network.load(await modelOf('slowville'));
    const { json } = await worker.post('/predict?city=slowville', { orders });
    const expected = Array.from(network.predict(readOrders({ orders })).data, (value) => Math.round(value * MINUTES * 10) / 10);
    expect(json.minutes).toEqual(expected);
  });

  test('with TEACHER_KEY only who has it may teach', async () => {
    const guarded = await start(script, join(folder, 'guarded'), { TEACHER_KEY: 'chalk' });
    try {
      const body = { deliveries: requests[0] };
      expect((await guarded.post('/learn?city=rome', body)).status).toBe(401);
      expect((await guarded.post('/learn?city=rome', body, { authorization: 'Bearer cheese' })).status).toBe(401);
      expect((await guarded.post('/learn?city=rome', body, { authorization: 'Bearer chalk' })).status).toBe(200);
      expect((await guarded.post('/predict?city=rome', { orders })).json.learned).toBe(40);
    } finally {
      await guarded.stop();
    }
  });
});

describe('bad input', () => {
  const [order] = orders;
  const [delivery] = slow;
  const cases: [string, string, unknown, number, RegExp][] = [
    ['no JSON', '/predict', '{ "orders": ', 400, /^the body is no JSON: /],
    ['nothing', '/predict', '', 400, /^the body is no JSON: /],
    ['null', '/predict', 'null', 400, /^expected { "orders": \[ … \] }, got null$/],
    ['another key', '/predict', { rows: [order] }, 400, /^expected { "orders": \[ … \] }, got {"rows"/],
    ['no orders', '/predict', { orders: [] }, 400, /^orders: expected 1 to 1000 of them, got 0$/],
    ['too many orders', '/predict', { orders: Array(1001).fill(order) }, 400, /got 1001$/],
    ['no order', '/predict', { orders: [order, null] }, 400, /^orders\[1\]\.kilometres: expected a number from 0 to 50, got nothing$/],
    ['a text', '/predict', { orders: [{ ...order, hour: '12' }] }, 400, /^orders\[0\]\.hour: expected a number from 0 to 24, got "12"$/],
    ['a number beyond reason', '/predict', { orders: [{ ...order, rain: 1e30 }] }, 400, /^orders\[0\]\.rain: .* got 1e\+30$/],
    ['infinity', '/predict', '{ "orders": [{ "kilometres": 1e999 }] }', 400, /^orders\[0\]\.kilometres: /],
    ['no answer to learn', '/learn?city=bad', { deliveries: [order] }, 400, /^deliveries\[0\]\.minutes: .* got nothing$/],
    ['no city', '/learn', { deliveries: [delivery] }, 400, /^city: expected a name such as \?city=new-york, got null$/],
    ['a strange city', '/predict?city=../x', { orders: [order] }, 400, /^city: /],
    ['another path', '/train', {}, 404, /^\/train: expected one of \/predict, \/learn, \/model$/],
    ['another method', '/model?city=bad', {}, 405, /^\/model: expected GET, got POST$/],
    ['a huge body', '/predict', ' '.repeat(256 * 1024 + 1), 413, /more than 262144 bytes/],
  ];

  test.each(cases)('%s', async (_, path, body, status, message) => {
    const answer = await worker.post(path, body);
    expect(answer.status).toBe(status);
    expect(answer.json).toEqual({ error: expect.stringMatching(message) });
  });

  test('nothing was learned from it', async () => {
    expect((await worker.post('/predict?city=bad', { orders })).json.learned).toBe(0);
  });
});
