/** Options of the command line for reading a model that is not gradlet's. Knows models.ts. */
import type { Network } from '../index.js';
import { UsageError } from './errors.js';
import type { Format } from './formats.js';
import { parseLayers } from './layer-list.js';
import { layersOf, type ReadOptions, readModel } from './models.js';

/** Options for `readModel`; `like`: the model that was named for its layers. */
export async function readingOptions(values: Readonly<Record<string, unknown>>): Promise<ReadOptions & { readonly like?: Network }> {
  if (values.layers !== undefined && values.like !== undefined)
    throw new UsageError('--layers and --like both say the layers; give one of them');
  const like = values.like === undefined ? undefined : (await readModel(values.like as string)).network;
  const layers = like ? layersOf(like) : values.layers === undefined ? undefined : parseLayers(values.layers as string);
  return {
    ...(values.from !== undefined && { from: values.from as Format }),
    ...(layers && { layers }),
    ...(values.prefix !== undefined && { prefix: values.prefix as string }),
    ...(values.modules !== undefined && { modules: values.modules as string[] }),
    ...(like && { like }),
  };
}
