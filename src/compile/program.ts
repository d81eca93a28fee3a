/**
 * The words a network is compiled into: regions of memory, tensors that lie in them, ops that work on tensors, programs
 * that are lists of ops. Knows neither layers nor addresses.
 */
import { DTYPE_F32, LAYOUT_FLAT, LAYOUT_PANELS, LAYOUT_ROWS } from '../../assembly/abi.js';
import type { HostCall } from '../runtime/host.js';
import { panelCount, panelStride, rowStride } from './layout.js';

/** A piece of memory. `kept` regions live as long as the plan, `state` ones survive re-planning, `transient` ones share. */
export interface Region {
  readonly name: string;
  readonly bytes: number;
  readonly life: 'state' | 'kept' | 'transient';
}

/** A view of a region: where a tensor starts in it, and how it is laid out. */
export interface Tensor {
  readonly name: string;
  readonly region: Region;
  /** Bytes from the start of the region. */
  readonly start: number;
  readonly dtype: number;
  readonly layout: number;
  /** Rows there is room for; of a kernel, its inputs. */
  readonly rows: number;
  readonly columns: number;
  /** Bytes from row to row, or from panel to panel. */
  readonly stride: number;
  readonly bytes: number;
}

/** One op: operands in the order the core expects (assembly/abi.ts), undefined for "none". */
export interface Op {
  readonly code: number;
  readonly operands: readonly (Tensor | undefined)[];
  readonly kind?: number;
  readonly flags?: number;
  readonly scalar?: number;
  readonly scalar2?: number;
  readonly seed?: number;
  /** How many of the following ops belong to this one (OP_SECTION, OP_TILES). */
  readonly members?: number;
  /** Panels that a group of ops works on, and those of one tile (OP_TILES); of a section, panels to claim (SECTION_COLUMNS). */
  readonly panels?: number;
  readonly tilePanels?: number;
  /** What to call where the core returns (OP_HOST). */
  readonly host?: HostCall;
}

export interface Program {
  readonly name: string;
  readonly ops: readonly Op[];
  /** Tensors that TypeScript reads when the program has run. */
  readonly results: readonly Tensor[];
}

/** A region with room for `rows` padded rows of f32, and the tensor that fills it. */
export function rowsTensor(name: string, rows: number, columns: number, life: Region['life'] = 'transient'): Tensor {
  const stride = rowStride(columns);
  const bytes = rows * stride;
  return { name, region: { name, bytes, life }, start: 0, dtype: DTYPE_F32, layout: LAYOUT_ROWS, rows, columns, stride, bytes };
}

/** A region of its own for one run of `count` numbers of `size` bytes each. */
export function flatTensor(name: string, count: number, dtype: number, size: number, life: Region['life'] = 'transient'): Tensor {
  const bytes = count * size;
  return { name, region: { name, bytes, life }, start: 0, dtype, layout: LAYOUT_FLAT, rows: count, columns: 1, stride: size, bytes };
}

/** `bytes` for each of `threads` threads; the tensor is the first one's. */
export function scratchTensor(name: string, bytes: number, threads: number): Tensor {
  const tensor = flatTensor(name, bytes, DTYPE_F32, 1);
  return { ...tensor, region: { ...tensor.region, bytes: bytes * threads } };
}

/** A kernel [inputs, units] in panels, somewhere in a region. */
export function kernelTensor(name: string, region: Region, start: number, inputs: number, units: number): Tensor {
  const stride = panelStride(inputs);
  return {
    name,
    region,
    start,
    dtype: DTYPE_F32,
    layout: LAYOUT_PANELS,
    rows: inputs,
    columns: units,
    stride,
    bytes: stride * panelCount(units),
  };
}

/** A run of f32 somewhere in a region. */
export function runTensor(name: string, region: Region, start: number, columns: number, bytes: number): Tensor {
  return { name, region, start, dtype: DTYPE_F32, layout: LAYOUT_FLAT, rows: 1, columns, stride: 4, bytes };
}
