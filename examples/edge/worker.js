// A Worker that says how many minutes a delivery will take, and learns from those that have arrived.
//
//   POST /predict[?city=NAME]   { "orders": [{ kilometres, items, hour, rain }] }               → { minutes: [ … ], learned }
//   POST /learn?city=NAME       { "deliveries": [{ kilometres, items, hour, rain, minutes }] }  → { learned, error }
//   GET  /model?city=NAME       the city's network as a .safetensors file
//
// Each city is a Durable Object with a network of its own, which begins as the bundled one. Without a city the bundled one answers.

import { DurableObject } from 'cloudflare:workers';
import { Network, sgd } from 'gradlet';
import bundled from './model.safetensors';
import { BadRequest, MINUTES, readDeliveries, readOrders } from './orders.js';

const MAXIMUM_BYTES = 256 * 1024;
const METHODS = { '/predict': 'POST', '/learn': 'POST', '/model': 'GET' };
/** Deliveries in one update. */
const BATCH = 8;
// Plain gradient descent has no moments: the weights are the whole state, and a network that was stored and loaded goes on bit for bit.
// An optimizer with moments (adam) would start them anew each time the object is woken up.
const LEARNING = { loss: 'huber', optimizer: sgd({ learningRate: 0.05 }), clipNorm: 1 };

const general = Network.load(new Uint8Array(bundled));

const minutesOf = (network, rows) => Array.from(network.predict(rows).data, (value) => Math.round(value * MINUTES * 10) / 10);

export class City extends DurableObject {
  constructor(ctx, env) {
    super(ctx, env);
    // No request is taken before the network is there.
    ctx.blockConcurrencyWhile(async () => {
      const stored = await ctx.storage.get(['network', 'learned']);
      this.network = Network.load(stored.get('network') ?? new Uint8Array(bundled));
      this.learned = stored.get('learned') ?? 0;
    });
  }

  predict(rows) {
    return { minutes: minutesOf(this.network, rows), learned: this.learned };
  }

  /** Updates are synchronous, so requests never mix; the answer leaves only after the state is on the disk. */
  async learn({ x, y }) {
    const { loss, optimizer, clipNorm } = LEARNING;
    const { meanAbsoluteError } = this.network.evaluate(x, y, { loss, metrics: ['meanAbsoluteError'] });
    for (let from = 0; from < x.length; from += BATCH)
      this.network.trainOnBatch(x.slice(from, from + BATCH), y.slice(from, from + BATCH), { loss, optimizer, clipNorm });
    this.learned += x.length;
    await this.ctx.storage.put({ network: this.network.save(), learned: this.learned });
    // How far off it was on these, in minutes, before it learned them.
    return { learned: this.learned, error: Math.round(meanAbsoluteError * MINUTES * 10) / 10 };
  }

  model() {
    return this.network.save();
  }
}

async function readJson(request) {
  const tooLong = new BadRequest(`the body has more than ${MAXIMUM_BYTES} bytes; send it in parts`, 413);
  if (Number(request.headers.get('content-length')) > MAXIMUM_BYTES) throw tooLong;
  const bytes = await request.arrayBuffer();
  if (bytes.byteLength > MAXIMUM_BYTES) throw tooLong;
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    throw new BadRequest(`the body is no JSON: ${error.message}`);
  }
}

function cityOf(url, env) {
  const name = url.searchParams.get('city');
  if (!/^[a-z][a-z-]{0,39}$/.test(name ?? '')) throw new BadRequest(`city: expected a name such as ?city=new-york, got ${name}`);
  return env.CITIES.get(env.CITIES.idFromName(name));
}

async function answer(request, env) {
  const url = new URL(request.url);
  const method = METHODS[url.pathname];
  if (!method) throw new BadRequest(`${url.pathname}: expected one of ${Object.keys(METHODS).join(', ')}`, 404);
  if (request.method !== method) throw new BadRequest(`${url.pathname}: expected ${method}, got ${request.method}`, 405);
  if (url.pathname === '/predict') {
    const rows = readOrders(await readJson(request));
    if (!url.searchParams.has('city')) return Response.json({ minutes: minutesOf(general, rows), learned: 0 });
    return Response.json(await cityOf(url, env).predict(rows));
  }
  // Who may teach may also teach nonsense.
  if (env.TEACHER_KEY && request.headers.get('authorization') !== `Bearer ${env.TEACHER_KEY}`)
    throw new BadRequest('expected the header Authorization: Bearer and the key of a teacher', 401);
  const city = cityOf(url, env);
  if (url.pathname === '/learn') return Response.json(await city.learn(readDeliveries(await readJson(request))));
  return new Response(await city.model(), { headers: { 'content-type': 'application/octet-stream' } });
}

export default {
  async fetch(request, env) {
    try {
      return await answer(request, env);
    } catch (error) {
      if (!(error instanceof BadRequest)) throw error;
      return Response.json({ error: error.message }, { status: error.status });
    }
  },
};
