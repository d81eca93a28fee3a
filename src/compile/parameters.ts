/**
 * Where each tensor of a network lies: the trainable ones in one region, layer by layer, whose order gradients and moments
 * mirror; running statistics in another. Knows layers, but neither ops nor addresses.
 */
import { REGION_ALIGNMENT } from '../../assembly/abi.js';
import type { InitializerName } from '../initializers.js';
import type { Layer } from '../layers.js';
import { panelCount, panelStride, roundUp, vectorBytes } from './layout.js';
import type { Region } from './program.js';

/** A network's layers, the width of what goes into the first, and the seed of its random numbers. */
export interface Architecture {
  readonly inputs: number;
  /** The inputs' shape, if they were given as one. */
  readonly shape?: readonly number[];
  readonly layers: readonly Layer[];
  /** May be another one after a run of another network is taken up. */
  seed: number;
}

export type SlotRole = 'kernel' | 'bias' | 'gamma' | 'beta' | 'runningMean' | 'runningVariance';

/** One tensor. */
export interface ParameterSlot {
  /** As in a saved file: 'layers.0.kernel'. */
  readonly name: string;
  readonly role: SlotRole;
  /** [inputs, units] or [units]. */
  readonly shape: readonly number[];
  readonly region: Region;
  /** Bytes from the start of the region. */
  readonly start: number;
  readonly bytes: number;
  readonly initializer: InitializerName;
}

/** All trainable tensors of one layer, contiguous. */
export interface ParameterBlock {
  readonly layer: number;
  readonly slots: Partial<Record<SlotRole, ParameterSlot>>;
  readonly start: number;
  readonly bytes: number;
}

export interface ParameterMap {
  /** Columns that go into each layer, and those that leave the last. */
  readonly widths: readonly number[];
  /** One entry for each layer. */
  readonly blocks: readonly ParameterBlock[];
  /** All trainable slots, then all running statistics: the order of getWeights. */
  readonly slots: readonly ParameterSlot[];
  readonly trainable: number;
  readonly parameters: Region;
  /** Running means and variances; undefined without batch norm. */
  readonly statistics: Region | undefined;
}

/** A tensor of a layer before it has a place. */
interface Wanted {
  readonly role: SlotRole;
  readonly shape: readonly number[];
  readonly initializer: InitializerName;
}

/** Tensors of a layer with `inputs` columns going in. */
function wantedBy(layer: Layer, inputs: number): { trainable: Wanted[]; running: Wanted[] } {
  const vector = (role: SlotRole, initializer: InitializerName): Wanted => ({ role, shape: [inputs], initializer });
  switch (layer.type) {
    case 'dense': {
      const kernel: Wanted = { role: 'kernel', shape: [inputs, layer.units], initializer: layer.kernelInitializer };
      const bias: Wanted = { role: 'bias', shape: [layer.units], initializer: layer.biasInitializer };
      return { trainable: layer.useBias ? [kernel, bias] : [kernel], running: [] };
    }
    case 'layerNorm':
      return { trainable: [vector('gamma', 'ones'), vector('beta', 'zeros')], running: [] };
    case 'batchNorm':
      return {
        trainable: [vector('gamma', 'ones'), vector('beta', 'zeros')],
        running: [vector('runningMean', 'zeros'), vector('runningVariance', 'ones')],
      };
    default:
      return { trainable: [], running: [] };
  }
}

function slotBytes(shape: readonly number[]): number {
  return shape.length === 2 ? panelStride(shape[0]) * panelCount(shape[1]) : vectorBytes(shape[0]);
}

/** Lays all tensors out. */
export function mapParameters({ inputs, layers }: Omit<Architecture, 'seed'>): ParameterMap {
  const widths = [inputs];
  for (const layer of layers) widths.push(layer.type === 'dense' ? layer.units : widths[widths.length - 1]);
  const wanted = layers.map((layer, index) => wantedBy(layer, widths[index]));
  const size = (list: readonly Wanted[]): number => list.reduce((sum, { shape }) => sum + slotBytes(shape), 0);
  const total = (kind: 'trainable' | 'running'): number =>
    wanted.reduce((sum, tensors) => roundUp(sum, REGION_ALIGNMENT) + size(tensors[kind]), 0);
  const parameters: Region = { name: 'parameters', bytes: roundUp(total('trainable'), REGION_ALIGNMENT), life: 'state' };
  const running = roundUp(total('running'), REGION_ALIGNMENT);
  const statistics: Region | undefined = running ? { name: 'statistics', bytes: running, life: 'state' } : undefined;

  const place = (list: readonly Wanted[], layer: number, region: Region, start: number): ParameterSlot[] => {
    let at = start;
    return list.map(({ role, shape, initializer }) => {
      const bytes = slotBytes(shape);
      const slot = { name: `layers.${layer}.${role}`, role, shape, region, start: at, bytes, initializer };
      at += bytes;
      return slot;
    });
  };
  let end = 0;
  let endRunning = 0;
  const trainableSlots: ParameterSlot[] = [];
  const runningSlots: ParameterSlot[] = [];
  const blocks = wanted.map((tensors, layer): ParameterBlock => {
    const start = roundUp(end, REGION_ALIGNMENT);
    const own = place(tensors.trainable, layer, parameters, start);
    end = start + size(tensors.trainable);
    endRunning = roundUp(endRunning, REGION_ALIGNMENT);
    const kept = statistics ? place(tensors.running, layer, statistics, endRunning) : [];
    endRunning += size(tensors.running);
    trainableSlots.push(...own);
    runningSlots.push(...kept);
    return { layer, slots: Object.fromEntries([...own, ...kept].map((slot) => [slot.role, slot])), start, bytes: end - start };
  });
  return { widths, blocks, slots: [...trainableSlots, ...runningSlots], trainable: trainableSlots.length, parameters, statistics };
}

/** Numbers in a tensor of a shape. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}
