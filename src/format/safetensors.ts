/**
 * The safetensors container: an 8-byte little-endian header length, a JSON header, then the tensors' bytes one after
 * another (https://github.com/huggingface/safetensors, "Format"). Knows no networks. Everything in a file is checked
 * against the bytes that are there before it is used.
 */
import { show } from '../check.js';
import { GradletError } from '../errors.js';
import { bfloat16ToFloat, floatsToHalves, halfToFloat } from './half.js';
import { isRecord, parseJson } from './json.js';

/** A tensor in memory; `dtype` says how it is written. */
export interface NamedTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array;
  /** Default 'F32'. */
  readonly dtype?: 'F32' | 'F16';
}

/** Bytes of a number of each type. */
const ITEM = { F64: 8, F32: 4, F16: 2, BF16: 2, I64: 8, I32: 4, I16: 2, I8: 1, U64: 8, U32: 4, U16: 2, U8: 1, BOOL: 1 } as const;

export type Dtype = keyof typeof ITEM;

/** Where a tensor lies among the bytes behind the header. */
export interface TensorPlace {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly start: number;
  readonly end: number;
}

export interface Container {
  /** In the order of their bytes. */
  readonly places: readonly TensorPlace[];
  readonly metadata: ReadonlyMap<string, string>;
  /** The header's length and text, for a checksum. */
  readonly head: Uint8Array;
  /** All tensor bytes. */
  readonly body: Uint8Array;
}

/** Bytes of the header's length. */
export const PREFIX = 8;
/** Most bytes of a header, as in the format's own library. */
const MAXIMUM_HEADER = 100_000_000;
/** A header is an object of objects with arrays, and each tensor takes 50 characters and more for its three. */
const HEADER_LIMITS = { depth: 3, spacing: 12 };

function fail(what: string): never {
  throw new GradletError('ERR_FORMAT', `not a safetensors file: ${what}`);
}

function encodeBytes({ data, dtype }: NamedTensor, view: DataView, at: number): void {
  if (dtype === 'F16') {
    for (const [index, half] of floatsToHalves(data).entries()) view.setUint16(at + 2 * index, half, true);
  } else {
    for (let i = 0; i < data.length; i++) view.setFloat32(at + 4 * i, data[i], true);
  }
}

/**
 * The tensors' bytes, and where each of them lies: those with wide numbers first, so that all are aligned to their size.
 */
export function layOutTensors(tensors: readonly NamedTensor[]): { body: Uint8Array<ArrayBuffer>; places: TensorPlace[] } {
  const width = ({ dtype = 'F32' }: NamedTensor): number => ITEM[dtype];
  const ordered = [...tensors].sort((a, b) => width(b) - width(a));
  let end = 0;
  const places = ordered.map(({ name, dtype = 'F32', shape, data }): TensorPlace => {
    const start = end;
    end += data.length * ITEM[dtype];
    return { name, dtype, shape, start, end };
  });
  const body = new Uint8Array(end);
  const view = new DataView(body.buffer);
  for (const [index, tensor] of ordered.entries()) encodeBytes(tensor, view, places[index].start);
  return { body, places };
}

/** The header, and the whole file with the header in front of the tensors' bytes. Metadata come first, in their order. */
export function encodeSafetensors(
  { body, places }: { body: Uint8Array; places: readonly TensorPlace[] },
  metadata: Readonly<Record<string, string>>,
): Uint8Array<ArrayBuffer> {
  const entries = places.map(({ name, dtype, shape, start, end }) => [name, { dtype, shape, data_offsets: [start, end] }] as const);
  const text = new TextEncoder().encode(JSON.stringify(Object.fromEntries([['__metadata__', metadata], ...entries])));
  // The header is padded with spaces so that the numbers start on a border of 8 bytes.
  const header = Math.ceil(text.length / PREFIX) * PREFIX;
  const file = new Uint8Array(PREFIX + header + body.length);
  new DataView(file.buffer).setBigUint64(0, BigInt(header), true);
  file.fill(0x20, PREFIX, PREFIX + header);
  file.set(text, PREFIX);
  file.set(body, PREFIX + header);
  return file;
}

function parseHeader(file: Uint8Array): { header: Record<string, unknown>; head: Uint8Array; body: Uint8Array } {
  if (file.length < PREFIX) fail(`it has ${file.length} bytes, too few for a header`);
  const length = new DataView(file.buffer, file.byteOffset, file.byteLength).getBigUint64(0, true);
  if (length > BigInt(MAXIMUM_HEADER) || Number(length) > file.length - PREFIX) {
    fail(`its header claims ${length} bytes, but ${file.length - PREFIX} follow`);
  }
  const end = PREFIX + Number(length);
  // A copy, because decoders refuse shared memory.
  const head = file.slice(0, end);
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(head.subarray(PREFIX));
  } catch (cause) {
    throw new GradletError('ERR_FORMAT', 'not a safetensors file: its header is no JSON', { cause });
  }
  const header = parseJson('not a safetensors file: its header', text, HEADER_LIMITS);
  if (!isRecord(header)) fail('its header is no object');
  return { header, head, body: file.subarray(end) };
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

function parseTensor(name: string, entry: unknown, size: number): TensorPlace {
  if (!isRecord(entry)) fail(`tensor ${show(name)} has no description`);
  const { dtype, shape, data_offsets: offsets } = entry;
  if (typeof dtype !== 'string' || !Object.hasOwn(ITEM, dtype))
    fail(`tensor ${show(name)} has dtype ${show(dtype)}; expected one such as 'F32'`);
  if (!Array.isArray(shape) || !shape.every(isCount)) fail(`tensor ${show(name)} has no valid shape`);
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount)) fail(`tensor ${show(name)} has no valid data_offsets`);
  const [start, end] = offsets as [number, number];
  if (start > end || end > size) fail(`tensor ${show(name)} ends at byte ${end} of ${size}`);
  // Products beyond what numbers hold become larger than any file, infinite or NaN, and so differ from what is there.
  const bytes = shape.reduce((product: number, extent: number) => product * extent, 1) * ITEM[dtype as Dtype];
  if (bytes !== end - start) fail(`tensor ${show(name)} of shape [${shape.slice(0, 8)}] needs ${bytes} bytes, but has ${end - start}`);
  return { name, dtype: dtype as Dtype, shape, start, end };
}

/** Reads a file's header; every range must be inside the file, and together they must cover it without gap or overlap. */
export function decodeSafetensors(file: Uint8Array): Container {
  const { header, head, body } = parseHeader(file);
  const metadata = new Map<string, string>();
  const places: TensorPlace[] = [];
  for (const [name, entry] of Object.entries(header)) {
    if (name !== '__metadata__') {
      places.push(parseTensor(name, entry, body.length));
      continue;
    }
    if (!isRecord(entry)) fail('its metadata is no object');
    for (const [key, value] of Object.entries(entry)) {
      if (typeof value !== 'string') fail(`metadata ${show(key)} is no text`);
      metadata.set(key, value);
    }
  }
  let covered = 0;
  for (const { name, start, end } of places.sort((a, b) => a.start - b.start || a.end - b.end)) {
    if (start !== covered) fail(`tensor ${show(name)} starts at byte ${start}, but the one before ends at ${covered}`);
    covered = end;
  }
  if (covered !== body.length) fail(`${body.length - covered} bytes belong to no tensor`);
  return { places, metadata, head, body };
}

function viewOf({ body }: Container, { start, end }: TensorPlace): DataView {
  return new DataView(body.buffer, body.byteOffset + start, end - start);
}

/** Numbers of a tensor of type F32 or F16, in an array of their own; undefined for others. */
export function readSingles(container: Container, place: TensorPlace): Float32Array<ArrayBuffer> | undefined {
  const half = place.dtype === 'F16';
  if (!half && place.dtype !== 'F32') return undefined;
  const view = viewOf(container, place);
  const data = new Float32Array(view.byteLength / ITEM[place.dtype]);
  for (let i = 0; i < data.length; i++) data[i] = half ? halfToFloat(view.getUint16(2 * i, true)) : view.getFloat32(4 * i, true);
  return data;
}

/** The same of BF16 and F64, too, rounded to f32; undefined for whole numbers and truth values. */
export function readFloats(container: Container, place: TensorPlace): Float32Array<ArrayBuffer> | undefined {
  const view = viewOf(container, place);
  if (place.dtype === 'BF16')
    return Float32Array.from({ length: view.byteLength / 2 }, (_, index) => bfloat16ToFloat(view.getUint16(2 * index, true)));
  if (place.dtype !== 'F64') return readSingles(container, place);
  return Float32Array.from({ length: view.byteLength / 8 }, (_, index) => view.getFloat64(8 * index, true));
}
