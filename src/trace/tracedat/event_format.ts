/**
 * The format of one event, as the kernel describes it in `events/SYSTEM/NAME/format`:
 *
 *     name: sched_switch
 *     ID: 310
 *     format:
 *             field:char prev_comm[16];  offset:8;  size:16;  signed:0;
 *             …
 *     print fmt: "…", …
 *
 * A file carries up to two thousand of them, mostly for events that were never on. So only name and id are taken at
 * once; the fields are parsed when a decoder asks.
 */

import { type ByteSource, badInput } from "../../base/byte_source.ts";

/** How a field's bytes are found in a record. */
export type FieldPlace = "inline" | "data_loc" | "rel_data_loc";

/** A field of a record. */
export interface Field {
  readonly name: string;
  /** From the start of the record, common fields included. */
  readonly offset: number;
  readonly size: number;
  readonly signed: boolean;
  /** `data_loc`: the field is a u32 with the offset (low half) and length (high half) of the bytes meant. */
  readonly place: FieldPlace;
}

/** An event's name and id, and the text to parse its fields from. */
export interface EventFormat {
  /** "sched/sched_switch". */
  readonly name: string;
  readonly id: number;
  readonly text: string;
  /** Where the text came from, for errors. */
  readonly source: ByteSource;
  readonly offset: number;
}

const ID = /^ID:[ \t]*(\d{1,5})[ \t]*$/m;
const NAME = /^name:[ \t]*(\S+)[ \t]*$/m;
const FIELD = /^\s*field:\s*([^;]*);\s*offset:\s*(\d{1,6});\s*size:\s*(\d{1,6});(?:\s*signed:\s*(\d);)?/gm;
const DECLARATOR = /(\w+)\s*(?:\[[^\]]*\]\s*)*$/;
const MAX_ID = 0xffff;

/** Name and id of a format text that starts at `offset` of `source`. */
export function parseFormat(system: string, text: string, source: ByteSource, offset: number): EventFormat {
  const id = Number(ID.exec(text)?.[1] ?? NaN);
  const name = NAME.exec(text)?.[1];
  if (name === undefined || !(id <= MAX_ID)) {
    badInput(source, offset, `an event format of ${system} with a name and an ID`, quote(text));
  }
  return { name: `${system}/${name}`, id, text, source, offset };
}

/** The fields by name. */
export function parseFields(format: EventFormat): ReadonlyMap<string, Field> {
  const fields = new Map<string, Field>();
  for (const match of format.text.matchAll(FIELD)) {
    const field = toField(match[1] ?? "", Number(match[2]), Number(match[3]), match[4]);
    if (field !== undefined) fields.set(field.name, field);
  }
  if (fields.size === 0) {
    badInput(format.source, format.offset, `fields in the format of ${format.name}`, quote(format.text));
  }
  return fields;
}

function toField(
  declaration: string,
  offset: number,
  size: number,
  signed: string | undefined,
): Field | undefined {
  const name = DECLARATOR.exec(declaration.trim())?.[1];
  if (name === undefined) return undefined;
  const place = declaration.includes("__rel_loc ")
    ? "rel_data_loc"
    : declaration.includes("__data_loc ")
      ? "data_loc"
      : "inline";
  return { name, offset, size, signed: signed === "1", place };
}

function quote(text: string): string {
  return JSON.stringify(text.slice(0, 40));
}
