/**
 * Protocol Buffers messages as plain objects, by tables of their fields (https://protobuf.dev/programming-guides/encoding).
 * Bytes and varints are the library's work; here is what it does not look at: that a field has the kind it should have, that
 * messages end where they say, and how many things a file may hold. Knows no ONNX.
 */
import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

/** How much may still be read: what takes a few bytes in a file takes some hundred in memory. */
export interface Budget {
  /** List entries and messages of every kind. */
  items: number;
  /** Entries of a list of its own limit. */
  readonly longest: number;
}

/** A file is whole, but larger than it may be. */
export class LimitError extends RangeError {}

function spend(budget: Budget): void {
  if (--budget.items < 0) throw new LimitError('expected fewer names, attributes and dimensions for its nodes; maximumNodes allows more');
}

/** How values of one kind are read and written. */
export interface Codec<T> {
  readonly wire: WireType;
  read(reader: BinaryReader, budget: Budget): T;
  write(writer: BinaryWriter, value: T): void;
}

/** int32, int64 and enums. Those beyond 2^53 lose digits; whoever uses one checks it. */
export const int: Codec<number> = {
  wire: WireType.Varint,
  read: (reader) => Number(reader.int64()),
  write: (writer, value) => void writer.int64(value),
};

export const float: Codec<number> = {
  wire: WireType.Bit32,
  read: (reader) => reader.float(),
  write: (writer, value) => void writer.float(value),
};

export const text: Codec<string> = {
  wire: WireType.LengthDelimited,
  read: (reader) => reader.string(true),
  write: (writer, value) => void writer.string(value),
};

/** A view of the file, not a copy. */
export const bytes: Codec<Uint8Array> = {
  wire: WireType.LengthDelimited,
  read: (reader) => reader.bytes(),
  write: (writer, value) => void writer.bytes(value),
};

/** One field of a message. */
export interface Field<T> {
  readonly id: number;
  /** What an absent field counts as. */
  readonly absent: () => T;
  /** The value after one more occurrence; `value` is what came before. */
  read(reader: BinaryReader, wire: WireType, value: T, budget: Budget): T;
  write(writer: BinaryWriter, value: T): void;
}

function expectWire(id: number, wire: WireType, expected: WireType): void {
  if (wire !== expected) throw new RangeError(`field ${id} has wire type ${wire}, expected ${expected}`);
}

/** A field that occurs at most once. */
export function one<T>(id: number, codec: Codec<T>): Field<T | undefined> {
  return {
    id,
    absent: () => undefined,
    read(reader, wire, value, budget) {
      expectWire(id, wire, codec.wire);
      if (value !== undefined) throw new RangeError(`field ${id} occurs twice`);
      return codec.read(reader, budget);
    },
    write(writer, value) {
      if (value === undefined) return;
      writer.tag(id, codec.wire);
      codec.write(writer, value);
    },
  };
}

/** A repeated field; numbers may come packed. */
export function many<T>(id: number, codec: Codec<T>): Field<T[]> {
  return {
    id,
    absent: () => [],
    read(reader, wire, list, budget) {
      const packed = wire === WireType.LengthDelimited && codec.wire !== WireType.LengthDelimited;
      if (!packed) expectWire(id, wire, codec.wire);
      const end = packed ? endOf(reader, reader.len) : reader.pos + 1;
      while (reader.pos < end) {
        spend(budget);
        list.push(codec.read(reader, budget));
      }
      if (packed && reader.pos !== end) throw new RangeError(`field ${id} does not end where it says`);
      return list;
    },
    write(writer, list) {
      for (const value of list) {
        writer.tag(id, codec.wire);
        codec.write(writer, value);
      }
    },
  };
}

/** A repeated field of numbers, left as the bytes that they have in the file: one entry an occurrence. */
export function numbers(id: number, item: WireType): Field<Uint8Array[]> {
  return {
    id,
    absent: () => [],
    read(reader, wire, list, budget) {
      spend(budget);
      if (wire !== WireType.LengthDelimited) expectWire(id, wire, item);
      list.push(wire === WireType.LengthDelimited ? reader.bytes() : reader.skip(wire));
      return list;
    },
    write(writer, list) {
      for (const packed of list) writer.tag(id, WireType.LengthDelimited).bytes(packed);
    },
  };
}

/** A repeated field with at most `longest` entries. */
export function limited<T>(field: Field<T[]>): Field<T[]> {
  return {
    ...field,
    read(reader, wire, list, budget) {
      if (list.length >= budget.longest)
        throw new LimitError(`expected at most ${budget.longest} nodes, and as many initializers; maximumNodes allows more`);
      return field.read(reader, wire, list, budget);
    },
  };
}

/** A field that is written, but of no use when read. */
export function unread<T>(field: Field<T>): Field<T> {
  return {
    ...field,
    read(reader, wire, value) {
      reader.skip(wire, field.id);
      return value;
    },
  };
}

/** End of a message or a packed list whose length comes next. */
function endOf(reader: BinaryReader, limit: number): number {
  const end = reader.uint32() + reader.pos;
  if (end > limit) throw new RangeError('premature end');
  return end;
}

type Fields = Readonly<Record<string, Field<unknown>>>;

/** What a message with these fields is read as. */
export type Message<F> = { [Name in keyof F]: F[Name] extends Field<infer T> ? T : never };

/** A message to be written: fields may be left out. */
export type Draft<T> = T extends Uint8Array
  ? T
  : T extends readonly (infer Item)[]
    ? readonly Draft<Item>[]
    : T extends object
      ? { readonly [Name in keyof T]?: Draft<T[Name]> }
      : T;

/** A kind of message; fields that are not in the table are skipped when read, absent ones when written. */
export interface MessageCodec<F> extends Codec<Message<F>> {
  /** The fields up to the end of the message. */
  readFields(reader: BinaryReader, end: number, budget: Budget): Message<F>;
  writeFields(writer: BinaryWriter, value: Message<F>): void;
}

export function message<F extends { readonly [Name in keyof F]: Field<unknown> }>(fields: F): MessageCodec<F> {
  const entries = Object.entries(fields as unknown as Fields);
  const byId = new Map(entries.map(([name, field]) => [field.id, { name, field }]));
  const codec: MessageCodec<F> = {
    wire: WireType.LengthDelimited,
    read(reader, budget) {
      spend(budget);
      return codec.readFields(reader, endOf(reader, reader.len), budget);
    },
    readFields(reader, end, budget) {
      const result: Record<string, unknown> = {};
      for (const [name, { absent }] of entries) result[name] = absent();
      while (reader.pos < end) {
        const [id, wire] = reader.tag();
        const known = byId.get(id);
        if (known) result[known.name] = known.field.read(reader, wire, result[known.name], budget);
        else reader.skip(wire, id);
      }
      if (reader.pos !== end) throw new RangeError('a message does not end where it says');
      return result as Message<F>;
    },
    write(writer, value) {
      writer.fork();
      codec.writeFields(writer, value);
      writer.join();
    },
    writeFields(writer, value) {
      for (const [name, field] of entries) {
        const given: unknown = value[name as keyof F];
        if (given !== undefined) field.write(writer, given);
      }
    },
  };
  return codec;
}

/**
 * A whole file as one message.
 * @throws Error of any kind for bytes that are none
 */
export function decode<F>(codec: MessageCodec<F>, file: Uint8Array, budget: Budget): Message<F> {
  return codec.readFields(new BinaryReader(file), file.length, budget);
}

export function encode<F>(codec: MessageCodec<F>, value: Draft<Message<F>>): Uint8Array<ArrayBuffer> {
  const writer = new BinaryWriter();
  codec.writeFields(writer, value as Message<F>);
  return writer.finish() as Uint8Array<ArrayBuffer>;
}
