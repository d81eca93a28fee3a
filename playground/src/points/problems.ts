/** Points in the plane from -SPAN to SPAN, of two classes: the problems to choose from, each drawn from a seed. Knows no page. */

/** Half of the plane's width. */
export const SPAN = 3;

/** Coordinates x0, y0, x1, y1, … and a class, 0 or 1, for each. */
export interface Points {
  readonly xy: Float32Array<ArrayBuffer>;
  readonly labels: Float32Array<ArrayBuffer>;
}

type Random = () => number;
type Draw = (index: number, label: number, random: Random) => [number, number];

/** Uniform numbers in [0, 1): mulberry32. */
export function uniform(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Standard normal numbers: Box and Muller. */
const normal = (random: Random): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

const onCircle = (radius: number, angle: number): [number, number] => [radius * Math.cos(angle), radius * Math.sin(angle)];

/** Two arms, each one and three quarter turns. */
const spiral: Draw = (_, label, random) => {
  const along = Math.sqrt(random());
  return onCircle(2.6 * along, along * 3.5 * Math.PI + label * Math.PI);
};

const circle: Draw = (_, label, random) => onCircle(label === 1 ? 1.2 * Math.sqrt(random()) : 1.9 + 0.7 * random(), 2 * Math.PI * random());

const xor: Draw = (index, label, random) => {
  const [x, y] = [0.15 + 2.35 * random(), 0.15 + 2.35 * random()];
  const side = index % 4 < 2 ? 1 : -1;
  return label === 1 ? [side * x, -side * y] : [side * x, side * y];
};

const moons: Draw = (_, label, random) => {
  const angle = Math.PI * random();
  const [x, y] = onCircle(1.7, angle);
  return label === 1 ? [0.85 - x, 0.45 - y] : [x - 0.85, y - 0.45];
};

export const PROBLEMS = { spiral, circle, xor, moons } as const;
export type ProblemName = keyof typeof PROBLEMS;

/** `count` points, as many of either class; `noise` is the standard deviation of what is added to both coordinates. */
export function draw(name: ProblemName, count: number, noise: number, seed: number): Points {
  const random = uniform(seed);
  const xy = new Float32Array(2 * count);
  const labels = Float32Array.from({ length: count }, (_, index) => index % 2);
  for (let index = 0; index < count; index++) {
    const [x, y] = PROBLEMS[name](index, index % 2, random);
    xy[2 * index] = x + noise * normal(random);
    xy[2 * index + 1] = y + noise * normal(random);
  }
  return { xy, labels };
}
