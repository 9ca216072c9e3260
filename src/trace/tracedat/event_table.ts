/**
 * Per event id: how its records are decoded, how many bytes that takes, and how many records there were. Ids are 16
 * bits, so the tables are plain arrays indexed by id; an id that the file has no format for is counted like any other
 * and reported as `event#ID`.
 */

import { type ByteSource, badInput } from "../../base/byte_source.ts";
import type { TraceSink } from "../events.ts";
import { buildDecoder, type Decode } from "./decoders.ts";
import { type EventFormat, parseFields } from "./event_format.ts";
import type { FieldContext } from "./fields.ts";

const IDS = 1 << 16;

export class EventTable {
  /** Decoders by id; none for records that are only counted. */
  readonly decoders: (Decode | undefined)[] = [];
  /** Bytes that a record of this id must have. */
  readonly need = new Int32Array(IDS);
  /** Records by id. */
  readonly counts = new Float64Array(IDS);
  /** Offset of the u16 with the id in every record. */
  readonly idOffset: number;
  readonly #formats: ReadonlyMap<number, EventFormat>;

  constructor(
    formats: ReadonlyMap<number, EventFormat>,
    sink: TraceSink,
    context: FieldContext,
    source: ByteSource,
  ) {
    this.#formats = formats;
    this.idOffset = commonType(formats, source);
    // Filled to the last id: an array without holes stays fast to index.
    for (let id = 0; id < IDS; id++) this.decoders.push(undefined);
    this.need.fill(this.idOffset + 2);
    for (const format of formats.values()) {
      const decoder = buildDecoder(format, sink, context);
      if (decoder === undefined) continue;
      this.decoders[format.id] = decoder.decode;
      this.need[format.id] = Math.max(decoder.need, this.idOffset + 2);
    }
  }

  /** Records by event name. */
  byName(): Map<string, number> {
    const events = new Map<string, number>();
    for (let id = 0; id < IDS; id++) {
      const count = this.counts[id] ?? 0;
      if (count > 0) events.set(this.#formats.get(id)?.name ?? `event#${id}`, count);
    }
    return events;
  }
}

/** All events begin with the same common fields; any format tells where `common_type` is. */
function commonType(formats: ReadonlyMap<number, EventFormat>, source: ByteSource): number {
  const [first] = formats.values();
  if (first === undefined) return badInput(source, 0, "at least one event format", "none");
  const field = parseFields(first).get("common_type");
  if (field?.size === 2) return field.offset;
  return badInput(
    first.source,
    first.offset,
    "common_type of 2 bytes in an event format",
    `${field?.size ?? "none"}`,
  );
}
