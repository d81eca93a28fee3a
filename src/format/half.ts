/**
 * Sixteen-bit floats: IEEE 754 binary16 ("half": 1 sign, 5 exponent, 10 fraction bits) both ways, and bfloat16 (the upper half of
 * an f32), which is only read. Works on bits; knows no files and no tensors.
 */

const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

/** Most that a half can hold. */
export const LARGEST_HALF = 65504;

/** From here on an f32 rounds to infinity: 65520, half way between the largest half and 2^16, and a tie goes to the even one. */
const OVERFLOW = 0x477ff000;
const SMALLEST_NORMAL = 0x38800000;
const INFINITE = 0x7f800000;
/** Doubles from here on are whole numbers, so adding it rounds to nearest, ties to even. */
const WHOLE = 2 ** 52;

/** The f32 that a half stands for, exactly. */
export function halfToFloat(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >>> 10) & 31;
  const fraction = half & 0x3ff;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return exponent ? sign * (1024 + fraction) * 2 ** (exponent - 25) : sign * fraction * 2 ** -24;
}

/** The half nearest to an f32, ties to even: infinity from 65520 on, subnormals below 2^-14, NaN stays NaN. */
export function floatToHalf(value: number): number {
  float[0] = value;
  const sign = (bits[0] >>> 16) & 0x8000;
  const magnitude = bits[0] & 0x7fffffff;
  if (magnitude > INFINITE) return sign | 0x7e00;
  if (magnitude >= OVERFLOW) return sign | 0x7c00;
  if (magnitude < SMALLEST_NORMAL) return sign | (Math.abs(float[0]) * 2 ** 24 + WHOLE - WHOLE);
  // 13 bits go; a carry out of the fraction raises the exponent, whose bias falls from 127 to 15.
  return sign | (((magnitude + 0xfff + ((magnitude >>> 13) & 1)) >>> 13) - (112 << 10));
}

/** The f32 that a bfloat16 stands for, exactly. */
export function bfloat16ToFloat(half: number): number {
  bits[0] = half << 16;
  return float[0];
}

/** `halfToFloat` of each. */
export function halvesToFloats(halves: ArrayLike<number>): Float32Array<ArrayBuffer> {
  const values = new Float32Array(halves.length);
  for (let i = 0; i < values.length; i++) values[i] = halfToFloat(halves[i]);
  return values;
}

/** `floatToHalf` of each. */
export function floatsToHalves(values: ArrayLike<number>): Uint16Array<ArrayBuffer> {
  const halves = new Uint16Array(values.length);
  for (let i = 0; i < halves.length; i++) halves[i] = floatToHalf(values[i]);
  return halves;
}

/** `bfloat16ToFloat` of each. */
export function bfloat16sToFloats(halves: ArrayLike<number>): Float32Array<ArrayBuffer> {
  const values = new Float32Array(halves.length);
  for (let i = 0; i < values.length; i++) values[i] = bfloat16ToFloat(halves[i]);
  return values;
}
