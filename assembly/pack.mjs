/**
 * Packs bytes as LZMA for unpack.ts (lc = lp = pb = 0, no header, no end mark). Slow and thorough: it runs once a build.
 *
 * After I. Pavlov, "LZMA specification", 2015. Which matches to take is the cheapest way from the first byte to the last
 * by the prices that the pass before has found; three passes settle.
 */

const [IS_MATCH, IS_REP, IS_REP_0, IS_REP_1, IS_REP_2, IS_REP_0_LONG] = [0, 12, 24, 36, 48, 60];
const [SLOTS, MIDDLE, ALIGN, LENGTH, REP_LENGTH, LITERAL, PROBABILITIES] = [72, 328, 456, 472, 746, 1020, 1788];
const SHORTEST = 2;
const LONGEST = 273;
/** Candidates looked at for each position. */
const CHAIN = 3000;
const PASSES = 4;

/** What comes after a literal, a match, a repeated distance, a repeated byte. */
const afterLiteral = (state) => (state < 4 ? 0 : state - (state < 10 ? 3 : 6));
const afterMatch = (state) => (state < 7 ? 7 : 10);
const afterRep = (state) => (state < 7 ? 8 : 11);
const afterShortRep = (state) => (state < 7 ? 9 : 11);

/** The distances after the one at `index` was used again. */
const reordered = (reps, index) => [reps[index], ...reps.filter((_, other) => other !== index)];

/** Spells steps out as decisions; what becomes of them (bits, counts, prices) is the sink's business. */
class Speller {
  constructor(sink) {
    this.sink = sink;
  }

  tree(at, bits, value) {
    let node = 1;
    for (let i = bits - 1; i >= 0; i--) {
      const bit = (value >> i) & 1;
      this.sink.bit(at + node, bit);
      node = 2 * node + bit;
    }
  }

  reverseTree(at, bits, value) {
    let node = 1;
    for (let i = 0; i < bits; i++) {
      const bit = (value >> i) & 1;
      this.sink.bit(at + node, bit);
      node = 2 * node + bit;
    }
  }

  length(at, length) {
    this.sink.bit(at, Number(length >= 10));
    if (length < 10) return this.tree(at + 2, 3, length - 2);
    this.sink.bit(at + 1, Number(length >= 18));
    if (length < 18) return this.tree(at + 10, 3, length - 10);
    this.tree(at + 18, 8, length - 18);
  }

  distance(length, distance) {
    const high = 31 - Math.clz32(distance);
    const slot = distance < 4 ? distance : 2 * high + ((distance >> (high - 1)) & 1);
    this.tree(SLOTS + 64 * Math.min(length - 2, 3), 6, slot);
    if (slot < 4) return;
    const bits = (slot >> 1) - 1;
    const base = (2 | (slot & 1)) << bits;
    if (slot < 14) return this.reverseTree(MIDDLE + base - slot, bits, distance - base);
    this.sink.direct((distance - base) >> 4, bits - 4);
    this.reverseTree(ALIGN, 4, (distance - base) & 15);
  }

  literal(state, byte, expected) {
    this.sink.bit(IS_MATCH + state, 0);
    let node = 1;
    let matched = state >= 7;
    for (let i = 7; i >= 0; i--) {
      const bit = (byte >> i) & 1;
      const wanted = (expected >> i) & 1;
      this.sink.bit(LITERAL + (matched ? (1 + wanted) << 8 : 0) + node, bit);
      if (bit !== wanted) matched = false;
      node = 2 * node + bit;
    }
  }

  /** The decisions before the length of a repeated distance. */
  rep(state, index, short) {
    this.sink.bit(IS_MATCH + state, 1);
    this.sink.bit(IS_REP + state, 1);
    this.sink.bit(IS_REP_0 + state, Number(index > 0));
    if (index === 0) return this.sink.bit(IS_REP_0_LONG + state, Number(!short));
    this.sink.bit(IS_REP_1 + state, Number(index > 1));
    if (index > 1) this.sink.bit(IS_REP_2 + state, index - 2);
  }

  match(state) {
    this.sink.bit(IS_MATCH + state, 1);
    this.sink.bit(IS_REP + state, 0);
  }
}

/** Counts decisions. */
class Counter {
  counts = new Float64Array(2 * PROBABILITIES).fill(0.4);
  bit(at, bit) {
    this.counts[2 * at + bit]++;
  }
  direct() {}
  prices() {
    return this.counts.map((count, at) => -Math.log2(count / (this.counts[at & ~1] + this.counts[at | 1])));
  }
}

/** Adds prices up. */
class Purse {
  sum = 0;
  constructor(prices) {
    this.prices = prices;
  }
  bit(at, bit) {
    this.sum += this.prices[2 * at + bit];
  }
  direct(_, bits) {
    this.sum += bits;
  }
}

/** The range coder. */
class Encoder {
  #bytes = [];
  #low = 0;
  #range = 0xffffffff;
  #cache = 0;
  #pending = 1;
  #chances = new Uint16Array(PROBABILITIES).fill(1024);

  #shift() {
    if (this.#low < 0xff000000 || this.#low >= 0x100000000) {
      const carry = this.#low >= 0x100000000 ? 1 : 0;
      for (let byte = this.#cache; this.#pending > 0; this.#pending--, byte = 0xff) this.#bytes.push((byte + carry) & 255);
      this.#cache = Math.floor(this.#low / 0x1000000) & 255;
    }
    this.#pending++;
    this.#low = (this.#low % 0x1000000) * 256;
  }

  #grow() {
    while (this.#range < 0x1000000) {
      this.#range *= 256;
      this.#shift();
    }
  }

  bit(at, bit) {
    const chance = this.#chances[at];
    const bound = (this.#range >>> 11) * chance;
    if (bit) {
      this.#low += bound;
      this.#range -= bound;
      this.#chances[at] -= chance >> 5;
    } else {
      this.#range = bound;
      this.#chances[at] += (2048 - chance) >> 5;
    }
    this.#grow();
  }

  direct(value, bits) {
    for (let i = bits - 1; i >= 0; i--) {
      this.#range = Math.floor(this.#range / 2);
      if ((value >> i) & 1) this.#low += this.#range;
      this.#grow();
    }
  }

  finish() {
    for (let i = 0; i < 5; i++) this.#shift();
    return Uint8Array.from(this.#bytes);
  }
}

/** For each position the matches worth a look, as [length, distance] with both growing. */
function findMatches(bytes) {
  const previous = new Int32Array(bytes.length).fill(-1);
  const last = new Map();
  return Array.from(bytes, (byte, at) => {
    const found = [];
    const most = Math.min(LONGEST, bytes.length - at);
    if (most < SHORTEST) return found;
    const key = byte * 256 + bytes[at + 1];
    let best = SHORTEST - 1;
    let from = last.get(key) ?? -1;
    previous[at] = from;
    last.set(key, at);
    for (let tries = CHAIN; from >= 0 && tries > 0 && best < most; tries--, from = previous[from]) {
      if (bytes[from + best] !== bytes[at + best]) continue;
      let length = SHORTEST;
      while (length < most && bytes[from + length] === bytes[at + length]) length++;
      if (length > best) {
        best = length;
        found.push([length, at - from - 1]);
      }
    }
    return found;
  });
}

/** Bytes that repeat at `distance`. */
function repeated(bytes, at, distance) {
  const most = Math.min(LONGEST, bytes.length - at);
  let length = 0;
  if (distance < at) while (length < most && bytes[at + length] === bytes[at + length - distance - 1]) length++;
  return length;
}

/** The cheapest steps by `prices`, each with the state and distances it starts from. */
function parse(bytes, matches, prices) {
  const purse = new Purse(prices);
  const speller = new Speller(purse);
  const priceOf = (spell) => {
    purse.sum = 0;
    spell();
    return purse.sum;
  };
  const lengths = [LENGTH, REP_LENGTH].map((at) =>
    Array.from({ length: LONGEST + 1 }, (_, length) => (length < SHORTEST ? 0 : priceOf(() => speller.length(at, length)))),
  );
  const best = Array.from({ length: bytes.length + 1 }, () => ({ price: Infinity }));
  best[0] = { price: 0, state: 0, reps: [0, 0, 0, 0] };
  const offer = (to, price, from, step, state, reps) => {
    if (price < best[to].price) best[to] = { price, from, step, state, reps };
  };
  for (let at = 0; at < bytes.length; at++) {
    const { price, state, reps } = best[at];
    const expected = at > reps[0] ? bytes[at - reps[0] - 1] : 0;
    const literal = priceOf(() => speller.literal(state, bytes[at], expected));
    offer(at + 1, price + literal, at, { kind: 'literal' }, afterLiteral(state), reps);
    if (at > reps[0] && bytes[at] === expected) {
      offer(at + 1, price + priceOf(() => speller.rep(state, 0, true)), at, { kind: 'short' }, afterShortRep(state), reps);
    }
    reps.forEach((distance, index) => {
      const most = repeated(bytes, at, distance);
      if (most < SHORTEST) return;
      const base = price + priceOf(() => speller.rep(state, index, false));
      const next = reordered(reps, index);
      for (let length = most; length >= SHORTEST; length--)
        offer(at + length, base + lengths[1][length], at, { kind: 'rep', index, length }, afterRep(state), next);
    });
    const base = price + priceOf(() => speller.match(state));
    let length = SHORTEST;
    for (const [most, distance] of matches[at]) {
      const next = [distance, ...reps.slice(0, 3)];
      for (let priced = -1, far = 0; length <= most; length++) {
        if (Math.min(length, 5) !== priced) {
          priced = Math.min(length, 5);
          far = priceOf(() => speller.distance(length, distance));
        }
        offer(at + length, base + lengths[0][length] + far, at, { kind: 'match', distance, length }, afterMatch(state), next);
      }
    }
  }
  const steps = [];
  for (let at = bytes.length; at > 0; at = best[at].from) {
    const { state, reps } = best[best[at].from];
    steps.push({ ...best[at].step, at: best[at].from, state, reps });
  }
  return steps.reverse();
}

/** Spells all steps out. */
function spell(bytes, steps, sink) {
  const speller = new Speller(sink);
  for (const { kind, at, state, reps, index, length, distance } of steps) {
    if (kind === 'literal') speller.literal(state, bytes[at], at > reps[0] ? bytes[at - reps[0] - 1] : 0);
    else if (kind === 'match') {
      speller.match(state);
      speller.length(LENGTH, length);
      speller.distance(length, distance);
    } else {
      speller.rep(state, index ?? 0, kind === 'short');
      if (kind === 'rep') speller.length(REP_LENGTH, length);
    }
  }
  return sink;
}

/** `bytes` packed. */
export function pack(bytes) {
  const matches = findMatches(bytes);
  let prices = new Float64Array(2 * PROBABILITIES).fill(1);
  let steps = [];
  for (let pass = 0; pass < PASSES; pass++) {
    steps = parse(bytes, matches, prices);
    prices = spell(bytes, steps, new Counter()).prices();
  }
  return spell(bytes, steps, new Encoder()).finish();
}
