/** The conformance program and the memory proofs as a Cloudflare worker. */
import * as gradlet from 'gradlet';
import * as predict from 'gradlet/predict';
import { dropMany, keepMany, trainDigits, wantTooMuch } from './memory.mjs';
import { conform } from './program.mjs';

export default {
  async fetch(request) {
    const { pathname } = new URL(request.url);
    if (pathname === '/conform') return Response.json(await conform(gradlet, predict, [1]));
    if (pathname === '/digits') return Response.json(await trainDigits(gradlet));
    await dropMany(gradlet, 2000, () => new Promise((resolve) => setTimeout(resolve, 0)));
    return Response.json({ alive: keepMany(gradlet, 1000), refused: wantTooMuch(gradlet) });
  },
};
