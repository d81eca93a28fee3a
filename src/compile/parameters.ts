/**
 * Where each trainable tensor lies among a network's parameters: all of them in one region, layer by layer, whose order
 * gradients and moments mirror. Knows layers, but neither ops nor addresses.
 */
import { REGION_ALIGNMENT } from '../../assembly/abi.js';
import type { Layer } from '../layers.js';
import { panelCount, panelStride, roundUp, vectorBytes } from './layout.js';

/** A network's layers and the width of what goes into the first. */
export interface Architecture {
  readonly inputs: number;
  readonly layers: readonly Layer[];
}

/** One trainable tensor. */
export interface ParameterSlot {
  /** As in a saved file: 'layers.0.kernel'. */
  readonly name: string;
  readonly form: 'kernel' | 'vector';
  /** [inputs, units] or [units]. */
  readonly shape: readonly number[];
  /** Bytes from the start of the region. */
  readonly start: number;
}

/** All parameters of one layer, contiguous. */
export interface ParameterBlock {
  readonly kernel: ParameterSlot;
  readonly bias?: ParameterSlot;
  readonly start: number;
  readonly bytes: number;
}

export interface ParameterMap {
  /** One entry for each layer. */
  readonly blocks: readonly ParameterBlock[];
  /** All slots, in the order of getWeights. */
  readonly slots: readonly ParameterSlot[];
  readonly bytes: number;
}

/** Columns that go into layer `index`. */
export function layerInputs({ inputs, layers }: Architecture, index: number): number {
  return index ? layers[index - 1].units : inputs;
}

/** Columns that leave the last layer. */
export function outputColumns({ layers }: Architecture): number {
  return layers[layers.length - 1].units;
}

/** Lays the parameters out. */
export function mapParameters(architecture: Architecture): ParameterMap {
  let end = 0;
  const blocks = architecture.layers.map((layer, index): ParameterBlock => {
    const start = roundUp(end, REGION_ALIGNMENT);
    const inputs = layerInputs(architecture, index);
    const kernel = { name: `layers.${index}.kernel`, form: 'kernel' as const, shape: [inputs, layer.units], start };
    end = start + panelStride(inputs) * panelCount(layer.units);
    if (!layer.useBias) return { kernel, start, bytes: end - start };
    const bias = { name: `layers.${index}.bias`, form: 'vector' as const, shape: [layer.units], start: end };
    end += vectorBytes(layer.units);
    return { kernel, bias, start, bytes: end - start };
  });
  return { blocks, slots: blocks.flatMap(({ kernel, bias }) => (bias ? [kernel, bias] : [kernel])), bytes: roundUp(end, REGION_ALIGNMENT) };
}
