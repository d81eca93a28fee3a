/** Writes planned programs and descriptors into memory, in the form of assembly/abi.ts. Knows no layers. */
import {
  OP_A,
  OP_CODE,
  OP_END,
  OP_FLAGS,
  OP_KIND,
  OP_MEMBERS,
  OP_PANELS,
  OP_SCALAR,
  OP_SCALAR_2,
  OP_SEED,
  OP_SIZE,
  OP_TILE_PANELS,
  TENSOR_BYTES,
  TENSOR_COLUMNS,
  TENSOR_DATA,
  TENSOR_DTYPE,
  TENSOR_LAYOUT,
  TENSOR_ROWS,
  TENSOR_STRIDE,
} from '../../assembly/abi.js';
import { type Plan, tensorAddress, tensorsOf } from './plan.js';
import type { Program, Tensor } from './program.js';

/** Operands that a record has room for. */
const OPERANDS = 7;

function encodeTensor(memory: DataView, at: number, tensor: Tensor, address: number): void {
  memory.setUint32(at + TENSOR_DATA, address, true);
  memory.setInt32(at + TENSOR_DTYPE, tensor.dtype, true);
  memory.setInt32(at + TENSOR_LAYOUT, tensor.layout, true);
  memory.setInt32(at + TENSOR_ROWS, tensor.rows, true);
  memory.setInt32(at + TENSOR_COLUMNS, tensor.columns, true);
  memory.setUint32(at + TENSOR_STRIDE, tensor.stride, true);
  memory.setUint32(at + TENSOR_BYTES, tensor.bytes, true);
}

/** Writes one program of a plan, and the descriptors of its tensors. */
export function encodeProgram(memory: DataView, plan: Plan, program: Program): void {
  for (const tensor of tensorsOf(program)) {
    encodeTensor(memory, plan.descriptors.get(tensor) as number, tensor, tensorAddress(plan, tensor));
  }
  let at = plan.programs.get(program) as number;
  for (const op of program.ops) {
    memory.setInt32(at + OP_CODE, op.code, true);
    memory.setInt32(at + OP_KIND, op.kind ?? 0, true);
    memory.setInt32(at + OP_FLAGS, op.flags ?? 0, true);
    memory.setFloat32(at + OP_SCALAR, op.scalar ?? 0, true);
    memory.setFloat32(at + OP_SCALAR_2, op.scalar2 ?? 0, true);
    memory.setUint32(at + OP_SEED, op.seed ?? 0, true);
    memory.setInt32(at + OP_MEMBERS, op.members ?? 0, true);
    memory.setInt32(at + OP_PANELS, op.panels ?? 0, true);
    memory.setInt32(at + OP_TILE_PANELS, op.tilePanels ?? 0, true);
    for (let place = 0; place < OPERANDS; place++) {
      const tensor = op.operands[place];
      memory.setUint32(at + OP_A + 4 * place, tensor ? (plan.descriptors.get(tensor) as number) : 0, true);
    }
    at += OP_SIZE;
  }
  memory.setInt32(at + OP_CODE, OP_END, true);
}
