/**
 * Compiles the fields of one event into readers: closures that know offset, width, sign and byte order, so that a
 * record is read without looking at its format again. `need` grows with every field asked for and is in the end the
 * number of bytes that a record must have for the readers to be safe.
 */

import { joinWords } from "../../base/byte_reader.ts";
import { badInput } from "../../base/byte_source.ts";
import { type EventFormat, type Field, parseFields } from "./event_format.ts";
import type { AddressTable, CommTable } from "./intern.ts";

/** Reads a number out of a record that starts at `at`. */
export type IntReader = (view: DataView, at: number) => number;
/** Reads something of variable place; `end` is the end of the record. */
export type TextReader = (view: DataView, at: number, end: number) => string;
export type SpanReader = (view: DataView, at: number, end: number) => number;

/** What all events of a file share. */
export interface FieldContext {
  readonly littleEndian: boolean;
  readonly comms: CommTable;
  readonly addresses: AddressTable;
}

/** A field that points outside its record. Who knows where the record is makes an `InputError` of it. */
export class DamagedField extends Error {
  readonly expected: string;
  readonly found: string;

  constructor(offset: number, length: number, size: number) {
    super("damaged field");
    this.expected = `a string inside its record of ${size} bytes`;
    this.found = `one of ${length} bytes at ${offset}`;
  }
}

export class EventFields {
  /** Bytes a record needs for the fields asked for so far. */
  need = 0;
  readonly #format: EventFormat;
  readonly #fields: ReadonlyMap<string, Field>;
  readonly #context: FieldContext;

  constructor(format: EventFormat, context: FieldContext) {
    this.#format = format;
    this.#fields = parseFields(format);
    this.#context = context;
  }

  /** True when the kernel (or whoever set the probe) records this field. */
  has(name: string): boolean {
    return this.#fields.has(name);
  }

  /** An integer, by its declared sign. */
  int(name: string): IntReader {
    const field = this.#field(name);
    return this.#integer(field, field.signed);
  }

  /** An integer that the kernel declares unsigned but means signed. */
  signed(name: string): IntReader {
    return this.#integer(this.#field(name), true);
  }

  /** An integer, or a stand-in where the event does not record it. */
  intOr(name: string, missing: number): IntReader {
    return this.has(name) ? this.int(name) : () => missing;
  }

  /** A kernel address as its id. */
  address(name: string): IntReader {
    const { offset, size } = this.#field(name);
    const { littleEndian, addresses } = this.#context;
    if (size === 4) return (view, at) => addresses.intern(0, view.getUint32(at + offset, littleEndian));
    if (size !== 8) this.#bad(`a pointer of 4 or 8 bytes in ${name}`, `${size}`);
    const high = offset + (littleEndian ? 4 : 0);
    const low = offset + (littleEndian ? 0 : 4);
    return (view, at) =>
      addresses.intern(view.getUint32(at + high, littleEndian), view.getUint32(at + low, littleEndian));
  }

  /** A task's name: char[16], or since 6.17 in some events a string behind the record's fixed part. */
  comm(name: string): TextReader {
    const field = this.#field(name);
    const { comms } = this.#context;
    const { offset, size } = field;
    if (field.place === "inline") {
      if (size === 16) return (view, at) => comms.at(view, at + offset);
      return (view, at) => comms.ofLength(view, at + offset, size);
    }
    const locate = this.#locator(field);
    return (view, at, end) => {
      const place = locate(view, at);
      const start = spanStart(place, at, end);
      return comms.ofLength(view, start, place >>> 16);
    };
  }

  /** The number of bits set in a mask, inline or behind the fixed part. */
  popcount(name: string): SpanReader {
    const field = this.#field(name);
    const { offset, size } = field;
    if (field.place === "inline") return (view, at) => popcount(view, at + offset, at + offset + size);
    const locate = this.#locator(field);
    return (view, at, end) => {
      const place = locate(view, at);
      const start = spanStart(place, at, end);
      return popcount(view, start, start + (place >>> 16));
    };
  }

  /** The u32 that says where a `data_loc` field's bytes are, made relative to the record's start. */
  #locator(field: Field): IntReader {
    const { littleEndian } = this.#context;
    const { offset, size } = field;
    if (size !== 4) this.#bad(`a location of 4 bytes in ${field.name}`, `${size}`);
    const base = field.place === "rel_data_loc" ? offset + size : 0;
    return (view, at) => view.getUint32(at + offset, littleEndian) + base;
  }

  #integer(field: Field, signed: boolean): IntReader {
    const { littleEndian } = this.#context;
    const { offset, size } = field;
    if (size === 1) return signed ? (v, at) => v.getInt8(at + offset) : (v, at) => v.getUint8(at + offset);
    if (size === 2) return signed ? int16(offset, littleEndian) : uint16(offset, littleEndian);
    if (size === 4) return signed ? int32(offset, littleEndian) : uint32(offset, littleEndian);
    if (size === 8) return signed ? int64(offset, littleEndian) : uint64(offset, littleEndian);
    return this.#bad(`an integer of 1, 2, 4 or 8 bytes in ${field.name}`, `${size}`);
  }

  #field(name: string): Field {
    const field = this.#fields.get(name);
    if (field === undefined) this.#bad(`the field ${name}`, `only ${[...this.#fields.keys()].join(", ")}`);
    this.need = Math.max(this.need, field.offset + field.size);
    return field;
  }

  #bad(expected: string, found: string): never {
    const { source, offset, name } = this.#format;
    return badInput(source, offset, `in the format of ${name}: ${expected}`, found);
  }
}

const int16 =
  (offset: number, little: boolean): IntReader =>
  (view, at) =>
    view.getInt16(at + offset, little);
const uint16 =
  (offset: number, little: boolean): IntReader =>
  (view, at) =>
    view.getUint16(at + offset, little);
const int32 =
  (offset: number, little: boolean): IntReader =>
  (view, at) =>
    view.getInt32(at + offset, little);
const uint32 =
  (offset: number, little: boolean): IntReader =>
  (view, at) =>
    view.getUint32(at + offset, little);

function int64(offset: number, little: boolean): IntReader {
  const high = offset + (little ? 4 : 0);
  const low = offset + (little ? 0 : 4);
  return (view, at) => joinWords(view.getInt32(at + high, little), view.getUint32(at + low, little));
}

function uint64(offset: number, little: boolean): IntReader {
  const high = offset + (little ? 4 : 0);
  const low = offset + (little ? 0 : 4);
  return (view, at) => joinWords(view.getUint32(at + high, little), view.getUint32(at + low, little));
}

/** A location's low half is an offset from the record's start, its high half a length. */
function spanStart(place: number, at: number, end: number): number {
  const start = at + (place & 0xffff);
  if (start + (place >>> 16) > end) throw new DamagedField(place & 0xffff, place >>> 16, end - at);
  return start;
}

function popcount(view: DataView, start: number, end: number): number {
  let bits = 0;
  for (let at = start; at < end; at++) {
    for (let byte = view.getUint8(at); byte !== 0; byte &= byte - 1) bits++;
  }
  return bits;
}
