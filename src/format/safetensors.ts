/**
 * The safetensors container: an 8-byte little-endian header length, a JSON header, then the tensors' bytes one after
 * another (https://github.com/huggingface/safetensors, "Format"). Knows no networks. Everything in a file is checked
 * against the bytes that are there before it is used.
 */
import { show } from '../check.js';
import { GradletError } from '../errors.js';

export interface NamedTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Where a tensor lies among the bytes behind the header. */
export interface TensorPlace {
  readonly name: string;
  readonly shape: readonly number[];
  readonly start: number;
  readonly end: number;
}

export interface Container {
  readonly tensors: ReadonlyMap<string, NamedTensor>;
  /** In the order of their bytes. */
  readonly places: readonly TensorPlace[];
  readonly metadata: ReadonlyMap<string, string>;
  /** All tensor bytes, for a checksum. */
  readonly body: Uint8Array;
}

const PREFIX = 8;
/** The library's own limit. */
const MAXIMUM_HEADER = 100_000_000;
const ITEM = 4;

function fail(what: string): never {
  throw new GradletError('ERR_FORMAT', `not a gradlet model: ${what}`);
}

/** One file of named f32 tensors and text metadata. `metadata` may look at the tensors' bytes (a checksum). */
export function encodeSafetensors(
  tensors: readonly NamedTensor[],
  metadata: (body: Uint8Array, places: readonly TensorPlace[]) => Record<string, string>,
): Uint8Array<ArrayBuffer> {
  let end = 0;
  const places = tensors.map(({ name, shape, data }): TensorPlace => {
    const start = end;
    end += data.byteLength;
    return { name, shape, start, end };
  });
  const entries = places.map(({ name, shape, start, end: stop }) => [name, { dtype: 'F32', shape, data_offsets: [start, stop] }] as const);
  const body = new Uint8Array(end);
  const view = new DataView(body.buffer);
  let at = 0;
  for (const { data } of tensors) {
    for (let i = 0; i < data.length; i++, at += ITEM) view.setFloat32(at, data[i], true);
  }
  const json = JSON.stringify(Object.fromEntries([['__metadata__', metadata(body, places)], ...entries]));
  const text = new TextEncoder().encode(json);
  // The header is padded with spaces so that the numbers start on a border of 8 bytes.
  const header = Math.ceil(text.length / PREFIX) * PREFIX;
  const file = new Uint8Array(PREFIX + header + end);
  new DataView(file.buffer).setBigUint64(0, BigInt(header), true);
  file.fill(0x20, PREFIX, PREFIX + header);
  file.set(text, PREFIX);
  file.set(body, PREFIX + header);
  return file;
}

/** A shape as a message shows it: never longer than it helps. */
function showShape(shape: readonly number[]): string {
  return shape.length > 8 ? `${shape.slice(0, 8).join(', ')}, …` : shape.join(', ');
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

function parseHeader(file: Uint8Array): { header: Record<string, unknown>; body: Uint8Array } {
  if (file.length < PREFIX) fail(`it has ${file.length} bytes, too few for a header`);
  const length = new DataView(file.buffer, file.byteOffset, file.byteLength).getBigUint64(0, true);
  if (length > BigInt(MAXIMUM_HEADER) || Number(length) > file.length - PREFIX) {
    fail(`its header claims ${length} bytes, but ${file.length - PREFIX} follow`);
  }
  const end = PREFIX + Number(length);
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(file.slice(PREFIX, end)));
  } catch (cause) {
    throw new GradletError('ERR_FORMAT', 'not a gradlet model: its header is no JSON', { cause });
  }
  if (!isRecord(header)) fail('its header is no object');
  return { header, body: file.slice(end) };
}

function parseTensor(name: string, entry: unknown, body: Uint8Array): { tensor: NamedTensor; start: number; end: number } {
  if (!isRecord(entry)) fail(`tensor ${show(name)} has no description`);
  const { dtype, shape, data_offsets: offsets } = entry;
  if (dtype !== 'F32') fail(`tensor ${show(name)} has dtype ${show(dtype)}; expected 'F32'`);
  if (!Array.isArray(shape) || !shape.every((size) => Number.isSafeInteger(size) && size >= 0))
    fail(`tensor ${show(name)} has no valid shape`);
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every((offset) => Number.isSafeInteger(offset) && offset >= 0)) {
    fail(`tensor ${show(name)} has no valid data_offsets`);
  }
  const [start, end] = offsets as [number, number];
  if (start > end || end > body.length) fail(`tensor ${show(name)} ends at byte ${end} of ${body.length}`);
  const count = shape.reduce((product: number, size: number) => product * size, 1);
  if (count * ITEM !== end - start)
    fail(`tensor ${show(name)} of shape [${showShape(shape)}] needs ${count * ITEM} bytes, but has ${end - start}`);
  const data = new Float32Array(count);
  const view = new DataView(body.buffer, body.byteOffset + start, end - start);
  for (let i = 0; i < count; i++) data[i] = view.getFloat32(i * ITEM, true);
  return { tensor: { name, shape, data }, start, end };
}

/** Reads a file; every range must be inside it, and together they must cover it without gap or overlap. */
export function decodeSafetensors(file: Uint8Array): Container {
  const { header, body } = parseHeader(file);
  const metadata = new Map<string, string>();
  const tensors = new Map<string, NamedTensor>();
  const places: TensorPlace[] = [];
  for (const [name, entry] of Object.entries(header)) {
    if (name === '__metadata__') {
      if (!isRecord(entry)) fail('its metadata is no object');
      for (const [key, value] of Object.entries(entry)) {
        if (typeof value !== 'string') fail(`metadata ${show(key)} is no text`);
        metadata.set(key, value);
      }
      continue;
    }
    const { tensor, start, end } = parseTensor(name, entry, body);
    tensors.set(name, tensor);
    places.push({ name, shape: tensor.shape, start, end });
  }
  let covered = 0;
  for (const { name, start, end } of places.sort((a, b) => a.start - b.start || a.end - b.end)) {
    if (start !== covered) fail(`tensor ${show(name)} starts at byte ${start}, but the one before ends at ${covered}`);
    covered = end;
  }
  if (covered !== body.length) fail(`${body.length - covered} bytes belong to no tensor`);
  return { tensors, places, metadata, body };
}
