/** Programs as text, for people and for tests. Knows no addresses. */
import * as abi from '../../assembly/abi.js';
import type { Op, Program, Tensor } from './program.js';

/** Names of all constants that start with `prefix`, by value: OP_DENSE_FORWARD → 'dense forward'. */
function namesOf(prefix: string): Map<number, string> {
  const entries = Object.entries(abi as Record<string, number>).filter(([name]) => name.startsWith(prefix));
  return new Map(entries.map(([name, value]) => [value, name.slice(prefix.length).toLowerCase().replaceAll('_', ' ')]));
}

/** Constants that start with OP_ and are no opcodes: places in an op's record. */
export const OP_FIELDS: readonly string[] = [
  'OP_SIZE',
  'OP_CODE',
  'OP_KIND',
  'OP_FLAGS',
  'OP_SCALAR',
  'OP_SCALAR_2',
  'OP_SEED',
  'OP_MEMBERS',
  'OP_PANELS',
  'OP_TILE_PANELS',
  'OP_A',
  'OP_B',
  'OP_C',
  'OP_D',
  'OP_E',
  'OP_F',
  'OP_G',
];
const OPCODES = new Map(
  Object.entries(abi as Record<string, number>)
    .filter(([name]) => name.startsWith('OP_') && !OP_FIELDS.includes(name))
    .map(([name, value]) => [value, name.slice(3).toLowerCase().replaceAll('_', ' ')]),
);
const FLAGS = namesOf('FLAG_');
const KINDS = new Map([
  [abi.OP_ACTIVATION_FORWARD, namesOf('ACTIVATION_')],
  [abi.OP_ACTIVATION_BACKWARD, namesOf('ACTIVATION_')],
  [abi.OP_LOSS, namesOf('LOSS_')],
  [abi.OP_UPDATE, namesOf('OPTIMIZER_')],
  [abi.OP_METRIC, namesOf('METRIC_')],
  [abi.OP_NOISE_FORWARD, namesOf('NOISE_')],
  [abi.OP_NOISE_BACKWARD, namesOf('NOISE_')],
  [abi.OP_CLIP, namesOf('CLIP_')],
  [abi.OP_CHAIN, namesOf('LOSS_')],
  [abi.OP_LINK, namesOf('ACTIVATION_')],
  [abi.OP_SECTION, namesOf('SECTION_')],
]);

function printTensor(tensor: Tensor | undefined): string {
  if (!tensor) return '-';
  return `${tensor.name}[${tensor.rows}x${tensor.columns}]`;
}

function printOp(op: Op): string {
  const kind = KINDS.get(op.code)?.get(op.kind ?? 0);
  const flags = [...FLAGS].filter(([bit]) => (op.flags ?? 0) & bit).map(([, name]) => name);
  const { members, panels, tilePanels } = op;
  const extent = [members && `of the next ${members}`, panels && `${panels} panels`, tilePanels && `${tilePanels} a tile`].filter(Boolean);
  const words = [OPCODES.get(op.code) ?? `op ${op.code}`, kind && `(${kind})`, ...flags.map((flag) => `+${flag}`), extent.join(', ')];
  return `${words.filter(Boolean).join(' ')}: ${op.operands.map(printTensor).join(', ')}`.replace(/: $/, '');
}

/** One line an op: number, opcode, kind, flags, operands with their shapes. */
export function printProgram(program: Program): string {
  return [program.name, ...program.ops.map((op, index) => `${String(index).padStart(3)} ${printOp(op)}`)].join('\n');
}
