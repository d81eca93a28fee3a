/**
 * Unpacks LZMA: the package holds its cores packed, a third smaller than deflate would make them. A module of its own, as
 * small as can be; the packer is pack.mjs. Knows nothing else.
 *
 * After I. Pavlov, "LZMA specification", 2015, for lc = lp = pb = 0 and a window as large as the output: no header and no
 * end mark, the caller knows the size. Memory: the probabilities from 0 on, then the packed bytes, then the output.
 */

/** Where each group of probabilities begins; u16 each. */
const IS_MATCH = 0;
const IS_REP = 12;
const IS_REP_0 = 24;
const IS_REP_1 = 36;
const IS_REP_2 = 48;
const IS_REP_0_LONG = 60;
/** Trees of 6 bits, one for each of four classes of lengths. */
const SLOTS = 72;
/** Trees of the middle distances. */
const MIDDLE = 328;
const ALIGN = 456;
/** A length: choice, second choice, then trees of 3, 3 and 8 bits. */
const LENGTH = 472;
const REP_LENGTH = 746;
const LITERAL = 1020;
const PROBABILITIES = 1788;

/** Where the packed bytes are expected. */
export const PACKED = 4096;

let range: u32 = 0;
let code: u32 = 0;
let input: usize = 0;

// @ts-ignore: decorator
@inline
function normalize(): void {
  if (range < 0x1000000) {
    range <<= 8;
    code = (code << 8) | load<u8>(input++);
  }
}

function bit(at: u32): u32 {
  const place = <usize>at << 1;
  const chance = <u32>load<u16>(place);
  const bound = (range >>> 11) * chance;
  const one = code >= bound;
  if (one) {
    range -= bound;
    code -= bound;
    store<u16>(place, chance - (chance >> 5));
  } else {
    range = bound;
    store<u16>(place, chance + ((2048 - chance) >> 5));
  }
  normalize();
  return u32(one);
}

/** Bits through a tree, the highest first, until `end`; a tree of n bits ends at 2^n, which the result still has. */
function tree(at: u32, end: u32): u32 {
  let node: u32 = 1;
  while (node < end) node = 2 * node + bit(at + node);
  return node;
}

/** The same, the lowest bit first, and without the end. */
function reverseTree(at: u32, bits: u32): u32 {
  let node: u32 = 1, value: u32 = 0;
  for (let i: u32 = 0; i < bits; i++) {
    const next = bit(at + node);
    node = 2 * node + next;
    value |= next << i;
  }
  return value;
}

function length(at: u32): u32 {
  if (!bit(at)) return tree(at + 2, 8) - 6;
  if (!bit(at + 1)) return tree(at + 10, 8) + 2;
  return tree(at + 18, 256) - 238;
}

function distance(long: u32): u32 {
  const slot = tree(SLOTS + 64 * min<u32>(long - 2, 3), 64) - 64;
  if (slot < 4) return slot;
  const bits = (slot >> 1) - 1;
  let result = (2 | (slot & 1)) << bits;
  if (slot < 14) return result + reverseTree(MIDDLE + result - slot, bits);
  for (let i = bits - 1; i >= 4; i--) {
    range >>>= 1;
    if (code >= range) {
      code -= range;
      result += 1 << i;
    }
    normalize();
  }
  return result + reverseTree(ALIGN, 4);
}

/** Writes the first `size` bytes of what was packed to `output`. */
export function unpack(output: usize, size: usize): void {
  for (let at: usize = 0; at < <usize>PROBABILITIES * 2; at += 2) store<u16>(at, 1024);
  range = 0xffffffff;
  input = PACKED + 5;
  code = bswap<u32>(load<u32>(PACKED, 1));

  // The last four distances, the latest first.
  let rep0: u32 = 0, rep1: u32 = 0, rep2: u32 = 0, rep3: u32 = 0;
  let state: u32 = 0;
  const end = output + size;
  while (output < end) {
    if (!bit(IS_MATCH + state)) {
      let node: u32 = 1;
      if (state >= 7) {
        // After a match, the byte that would have followed tells what is likely.
        let before = <u32>load<u8>(output - rep0 - 1);
        while (node < 256) {
          before <<= 1;
          const expected = (before >> 8) & 1;
          const next = bit(LITERAL + ((1 + expected) << 8) + node);
          node = 2 * node + next;
          if (next != expected) break;
        }
      }
      while (node < 256) node = 2 * node + bit(LITERAL + node);
      store<u8>(output++, node);
      state = state < 4 ? 0 : state - (state < 10 ? 3 : 6);
      continue;
    }
    let long: u32 = 0;
    const before = state < 7;
    if (bit(IS_REP + state)) {
      if (bit(IS_REP_0 + state)) {
        let rep = rep1;
        if (bit(IS_REP_1 + state)) {
          rep = rep2;
          if (bit(IS_REP_2 + state)) {
            rep = rep3;
            rep3 = rep2;
          }
          rep2 = rep1;
        }
        rep1 = rep0;
        rep0 = rep;
      } else if (!bit(IS_REP_0_LONG + state)) long = 1;
      state = before ? 9 - u32(long == 0) : 11;
      if (!long) long = length(REP_LENGTH);
    } else {
      long = length(LENGTH);
      state = before ? 7 : 10;
      rep3 = rep2;
      rep2 = rep1;
      rep1 = rep0;
      rep0 = distance(long);
    }
    for (; long && output < end; long--) {
      store<u8>(output, load<u8>(output - rep0 - 1));
      output++;
    }
  }
}
