/**
 * A network of layers and tensors that come from elsewhere. Everything is held against the layers before any memory is
 * taken. Knows no formats.
 */
import { mapParameters, type SlotRole } from '../../compile/parameters.js';
import type { NetworkCore } from '../../core.js';
import type { Layer } from '../../layers.js';
import { Network, type NetworkOptions } from '../../network.js';
import { MAXIMUM_INPUTS } from '../../shapes.js';
import { asFormat, refuse } from './fields.js';

/** A tensor as gradlet has it: kernels [inputs, units] row-major. `name` is what the file calls it. */
export interface Tensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** The tensors of one layer by what they are to it. */
export type LayerTensors = Partial<Record<SlotRole, Tensor>>;

/** A tensor of one number, for what a file leaves out because it is not learned. */
export function constant(name: string, size: number, value: number): Tensor {
  return { name, shape: [size], data: new Float32Array(size).fill(value) };
}

/** From [rows, columns] to [columns, rows]. */
export function transpose({ name, shape, data }: Tensor): Tensor {
  const [rows, columns] = shape;
  const turned = new Float32Array(data.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) turned[column * rows + row] = data[row * columns + column];
  }
  return { name, shape: [columns, rows], data: turned };
}

/**
 * The network. `tensors` has an entry for each layer.
 * @throws GradletError ERR_FORMAT for a tensor that is missing, one too many, of another shape, or not finite
 */
export function assemble(where: string, options: NetworkOptions, tensors: readonly (LayerTensors | undefined)[]): Network {
  const { inputs, layers } = options;
  const columns = typeof inputs === 'number' ? inputs : inputs.reduce((product, size) => product * size, 1);
  if (!(columns >= 1 && columns <= MAXIMUM_INPUTS)) refuse(where, `expected from 1 to ${MAXIMUM_INPUTS} inputs, got ${columns}`);
  const { blocks, slots } = mapParameters({ inputs: columns, layers });
  const weights = new Map(
    blocks.flatMap(({ layer, slots: wanted }) => {
      const given = tensors[layer] ?? {};
      const place = `${where}: layers[${layer}] (${layers[layer].type})`;
      for (const [role, tensor] of Object.entries(given)) {
        if (!Object.hasOwn(wanted, role)) refuse(place, `has no ${role}, but there is ${tensor.name}`);
      }
      return Object.values(wanted).map((slot) => {
        const tensor = given[slot.role];
        if (!tensor) refuse(place, `its ${slot.role} is missing`);
        if (tensor.shape.join() !== slot.shape.join()) {
          refuse(place, `${tensor.name} has shape [${tensor.shape.join(', ')}], expected [${slot.shape.join(', ')}] for its ${slot.role}`);
        }
        const bad = tensor.data.findIndex((value) => !Number.isFinite(value));
        if (bad >= 0) refuse(place, `${tensor.name} has ${tensor.data[bad]} at ${bad}; expected finite 32-bit numbers`);
        return [slot, tensor.data] as const;
      });
    }),
  );
  return asFormat(where, () => {
    const network = new Network(options);
    network.setWeights(slots.map((slot) => weights.get(slot) as Float32Array));
    return network;
  });
}

/** A network's layers with their tensors, as they are now. */
export function takeApart(core: NetworkCore): { layer: Layer; tensors: Map<SlotRole, Tensor> }[] {
  const { layers } = core.architecture;
  return core.map.blocks.map(({ layer, slots }) => {
    const tensors = Object.values(slots).map((slot) => [slot.role, { name: slot.name, shape: slot.shape, data: core.read(slot) }] as const);
    return { layer: layers[layer], tensors: new Map(tensors) };
  });
}
