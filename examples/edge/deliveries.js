// @ts-check
// Deliveries as they might have been, generated from a seed: for train.js, and for trying the Worker. A city may be slower than others.

/**
 * Uniform numbers from 0 to 1 (mulberry32).
 * @param {number} seed
 */
function uniform(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * @param {number} count
 * @param {{ seed: number, slowness?: number }} options `slowness`: minutes a kilometre, as a multiple of the usual
 */
export function makeDeliveries(count, { seed, slowness = 1 }) {
  const random = uniform(seed);
  return Array.from({ length: count }, () => {
    const kilometres = Math.round(random() * 120) / 10;
    const items = 1 + Math.floor(random() * 12);
    const hour = Math.floor(random() * 24);
    const rain = random() < 0.3 ? 1 : 0;
    const rush = (hour >= 7 && hour <= 9) || (hour >= 16 && hour <= 19) ? 1.5 : 1;
    const ride = kilometres * 2.5 * slowness * rush * (rain ? 1.2 : 1);
    const minutes = Math.round(6 + items * 0.6 + ride + (random() - 0.5) * 4);
    return { kilometres, items, hour, rain, minutes };
  });
}
