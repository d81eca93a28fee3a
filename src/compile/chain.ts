/**
 * Which training steps are one op (OP_CHAIN), and that op: small dense layers one after the other, a single row a step. What
 * it computes is what the ops of rules.ts would. Knows no addresses.
 */
import * as abi from '../../assembly/abi.js';
import { type ActivationName, activationRow } from '../activations.js';
import type { Layer } from '../layers.js';
import type { Data, TrainingSpec, Way } from './lower.js';
import { flatTensor, type Op, type Region, rowsTensor, type Tensor } from './program.js';
import type { Lowering, Stage, Trace } from './rules.js';

/** Units of a layer, at most: one panel. */
const UNITS = abi.PANEL_COLUMNS;
/** Inputs of the first layer, at most: beyond, going from op to op costs little. */
const INPUTS = 64;

/** A dense layer and its activation. */
interface Link {
  readonly layer: number;
  readonly activation: ActivationName;
}

function isPlain(layer: Layer): boolean {
  return layer.type === 'dense' && !layer.kernelRegularizer && layer.maxNorm === undefined;
}

/** The links of a step that can be one op; undefined where it cannot. `run` are the stages before what the loss takes over. */
export function chainLinks({ architecture, map, threads }: Lowering, run: readonly Stage[], spec: TrainingSpec): Link[] | undefined {
  const { rows, loss, optimizer, clipNorm, clipValue } = spec;
  const { layers, inputs } = architecture;
  if (rows > 1 || threads > 1 || loss.host || !optimizer || clipNorm !== undefined || clipValue !== undefined) return undefined;
  if (inputs > INPUTS || map.widths.slice(1).some((units) => units > UNITS) || !layers.every(isPlain)) return undefined;
  const links: Link[] = [];
  for (const stage of run) {
    if (stage.type !== 'activation') links.push({ layer: stage.layer, activation: 'linear' });
    else if (typeof stage.activation !== 'string' || stage.activation === 'softmax') return undefined;
    else links[links.length - 1] = { layer: stage.layer, activation: stage.activation };
  }
  return links;
}

/** The whole step as one op; with plain sgd also the update. */
export function lowerChain(
  lowering: Lowering,
  spec: TrainingSpec,
  data: Data,
  links: readonly Link[],
  fused: boolean,
  gradients: Region,
): Way {
  const { loss, optimizer } = spec;
  const { widths } = lowering.map;
  const traces: Trace[] = [];
  const ops: [readonly (Tensor | undefined)[], Partial<Op>][] = [];
  let x = data.x.batch;
  for (const { layer, activation } of links) {
    const { kind, needsInput } = activationRow(activation);
    // Kept: each is needed from the first to the last of these ops.
    const z = rowsTensor(`layers.${layer}.output`, 1, widths[layer + 1], 'kept');
    const y = needsInput ? rowsTensor(`layers.${layer}.activation`, 1, z.columns, 'kept') : z;
    const own = [lowering.slot(layer, 'kernel', gradients), lowering.optionalSlot(layer, 'bias', gradients)];
    ops.push([[x, lowering.slot(layer, 'kernel'), lowering.bias(layer), z, y, ...own], { kind }]);
    traces.push({ x, y: z });
    if (activation !== 'linear') traces.push({ x: z, y });
    x = y;
  }
  const losses = flatTensor('losses', 1, abi.DTYPE_F32, 4, 'kept');
  const delta = rowsTensor('output.gradient', 1, UNITS, 'kept');
  const spare = rowsTensor('spare', 1, UNITS, 'kept');
  const updates = optimizer?.kind === abi.OPTIMIZER_SGD;
  const flags = (fused ? abi.FLAG_FUSED : 0) | (updates ? abi.FLAG_UPDATE : 0);
  const operands = [data.y.batch, data.weights?.batch, losses, delta, spare];
  lowering.emit(abi.OP_CHAIN, operands, { kind: loss.kind, flags, members: links.length });
  for (const [tensors, more] of ops) lowering.emit(abi.OP_LINK, tensors, more);
  return { traces, output: x, deltas: traces.map(() => delta), formed: true, updated: updates };
}
