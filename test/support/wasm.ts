/**
 * Reads a WebAssembly binary as far as tests need it: imports, exports, globals, data segments, start, and every instruction
 * that has a prefix byte. After the WebAssembly core specification, chapter 5, with the SIMD, threads and relaxed SIMD proposals.
 * Knows nothing of the library; refuses what it does not know rather than lose its place.
 */

export interface WasmModule {
  readonly imports: readonly { name: string; kind: number; shared: boolean }[];
  readonly exports: readonly string[];
  /** Whether each global may change. */
  readonly globals: readonly boolean[];
  readonly hasStart: boolean;
  readonly segments: readonly { from: number; to: number }[];
  /** Sub-opcodes behind the SIMD prefix, each once. */
  readonly simd: ReadonlySet<number>;
}

const SECTIONS = { import: 2, global: 6, export: 7, start: 8, code: 10, data: 11 };
const MEMORY = 2;
const END = 0x0b;
/** The first sub-opcode of the relaxed SIMD proposal. */
export const FIRST_RELAXED = 0x100;
/** f32x4.relaxed_madd */
export const RELAXED_MADD = 0x105;

class Reader {
  at: number;

  constructor(
    readonly bytes: Uint8Array,
    start: number,
  ) {
    this.at = start;
  }

  byte(): number {
    return this.bytes[this.at++];
  }

  skip(count: number): void {
    this.at += count;
  }

  /** LEB128, signed or not: the value of unsigned ones, for signed ones at least the length. */
  leb(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.byte();
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  }

  name(): string {
    const length = this.leb();
    const text = new TextDecoder().decode(this.bytes.subarray(this.at, this.at + length));
    this.skip(length);
    return text;
  }

  list<T>(read: () => T): T[] {
    return Array.from({ length: this.leb() }, read);
  }
}

function readImport(reader: Reader): WasmModule['imports'][number] {
  const name = `${reader.name()}.${reader.name()}`;
  const kind = reader.byte();
  if (kind !== MEMORY) throw new Error(`import ${name} is of kind ${kind}, not a memory`);
  const flags = reader.byte();
  reader.leb();
  if (flags & 1) reader.leb();
  return { name, kind, shared: Boolean(flags & 2) };
}

/** An address or a global's start: one i32.const. */
function readConstant(reader: Reader): number {
  if (reader.byte() !== 0x41) throw new Error('only i32 constants are expected');
  const value = reader.leb();
  if (reader.byte() !== END) throw new Error('a constant expression goes on where its end was expected');
  return value;
}

function readGlobal(reader: Reader): boolean {
  reader.byte();
  const mutable = reader.byte() === 1;
  readConstant(reader);
  return mutable;
}

function readSegment(reader: Reader): WasmModule['segments'][number] {
  const flags = reader.leb();
  if (flags !== 0) throw new Error(`data segment with flags ${flags}, expected an active one`);
  const from = readConstant(reader);
  const length = reader.leb();
  reader.skip(length);
  return { from, to: from + length };
}

function skipMemoryOperand(reader: Reader): void {
  reader.leb();
  reader.leb();
}

/** Immediates of a SIMD instruction. */
function skipSimd(reader: Reader, code: number): void {
  if (code <= 11 || code === 92 || code === 93) skipMemoryOperand(reader);
  else if (code === 12 || code === 13) reader.skip(16);
  else if (code >= 21 && code <= 34) reader.skip(1);
  else if (code >= 84 && code <= 91) {
    skipMemoryOperand(reader);
    reader.skip(1);
  }
}

/** Immediates of an instruction of one byte. */
function skipPlain(reader: Reader, code: number): void {
  if (code >= 0x28 && code <= 0x3e) skipMemoryOperand(reader);
  else if (code === 0x43) reader.skip(4);
  else if (code === 0x44) reader.skip(8);
  else if (code === 0x0e) {
    reader.list(() => reader.leb());
    reader.leb();
  } else if (code === 0x11) skipMemoryOperand(reader);
  // Block types, labels, functions, locals, globals, integer constants, memory.size and memory.grow: one number.
  else if ((code >= 0x02 && code <= 0x04) || code === 0x0c || code === 0x0d || code === 0x10 || (code >= 0x20 && code <= 0x24))
    reader.leb();
  else if (code >= 0x3f && code <= 0x42) reader.leb();
  else if (code > 0xc4) throw new Error(`unknown instruction ${code} at ${reader.at - 1}`);
}

/** Immediates behind 0xfc: saturating conversions have none, of bulk memory those on memory 0 are expected. */
function skipBulk(reader: Reader, code: number): void {
  if (code === 10) reader.skip(2);
  else if (code === 11) reader.skip(1);
  else if (code > 7) throw new Error(`unknown bulk instruction ${code}`);
}

function readFunction(reader: Reader, simd: Set<number>): void {
  const size = reader.leb();
  const end = reader.at + size;
  reader.list(() => [reader.leb(), reader.byte()]);
  while (reader.at < end) {
    const code = reader.byte();
    if (code === 0xfd) {
      const sub = reader.leb();
      simd.add(sub);
      skipSimd(reader, sub);
    } else if (code === 0xfe) {
      // Atomics: a fence has one byte, all others a memory operand.
      if (reader.leb() === 3) reader.skip(1);
      else skipMemoryOperand(reader);
    } else if (code === 0xfc) skipBulk(reader, reader.leb());
    else skipPlain(reader, code);
  }
  if (reader.at !== end || reader.bytes[end - 1] !== END) throw new Error(`lost the place in a function that ends at ${end}`);
}

export function parseWasm(bytes: Uint8Array): WasmModule {
  const found = { imports: [], exports: [], globals: [], hasStart: false, segments: [], simd: new Set<number>() } as {
    -readonly [Key in keyof WasmModule]: WasmModule[Key];
  };
  const simd = new Set<number>();
  const reader = new Reader(bytes, 8);
  while (reader.at < bytes.length) {
    const section = reader.byte();
    const length = reader.leb();
    const end = reader.at + length;
    if (section === SECTIONS.import) found.imports = reader.list(() => readImport(reader));
    else if (section === SECTIONS.global) found.globals = reader.list(() => readGlobal(reader));
    else if (section === SECTIONS.export) {
      found.exports = reader.list(() => {
        const name = reader.name();
        reader.byte();
        reader.leb();
        return name;
      });
    } else if (section === SECTIONS.start) found.hasStart = true;
    else if (section === SECTIONS.code) reader.list(() => readFunction(reader, simd));
    else if (section === SECTIONS.data) found.segments = reader.list(() => readSegment(reader));
    reader.at = end;
  }
  return { ...found, simd };
}
