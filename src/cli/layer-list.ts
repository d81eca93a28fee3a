/** Layers as a person writes them in one word: `dense(16,relu),dropout(0.2),dense(3,softmax)`. Knows the layers; no files. */
import { activation, batchNorm, dense, dropout, gaussianNoise, type Layer, layerNorm } from '../index.js';
import { UsageError } from './errors.js';

type Make = (parts: readonly string[]) => Layer;

const MAKERS: Readonly<Record<string, Make>> = {
  dense: ([units, name, ...rest]) =>
    dense(Number(units), {
      ...(name !== undefined && name !== 'noBias' && { activation: name as never }),
      ...([name, ...rest].includes('noBias') && { useBias: false }),
    }),
  dropout: ([rate]) => dropout(Number(rate)),
  gaussianNoise: ([stddev]) => gaussianNoise(Number(stddev)),
  batchNorm: ([epsilon]) => batchNorm(epsilon === undefined ? {} : { epsilon: Number(epsilon) }),
  layerNorm: ([epsilon]) => layerNorm(epsilon === undefined ? {} : { epsilon: Number(epsilon) }),
};

/**
 * The layers of a list: dense(units, activation?, noBias?), dropout(rate), gaussianNoise(stddev), batchNorm(epsilon?), layerNorm(epsilon?), or the
 * name of an activation.
 */
export function parseLayers(list: string): Layer[] {
  const layers: Layer[] = [];
  for (const item of list.split(/,(?![^(]*\))/)) {
    const [, name, inside] = /^\s*([a-zA-Z]+)\s*(?:\(([^()]*)\))?\s*$/.exec(item) ?? [];
    if (name === undefined)
      throw new UsageError(`--layers: expected layers such as dense(16,relu) with commas between them, got '${item.trim()}'`);
    const parts = inside === undefined || inside.trim() === '' ? [] : inside.split(',').map((part) => part.trim());
    try {
      layers.push(Object.hasOwn(MAKERS, name) ? MAKERS[name](parts) : activation(name as never));
    } catch (error) {
      throw new UsageError(`--layers: '${item.trim()}': ${(error as Error).message}`);
    }
  }
  return layers;
}
