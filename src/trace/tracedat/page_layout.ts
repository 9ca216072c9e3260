/**
 * How a ring-buffer page is laid out, from the kernel's `events/header_page` in the file:
 *
 *     timestamp u64 | commit local_t | data …
 *
 * `commit` is the number of bytes of data in use, with two flags on top: bit 31, events were lost before this page;
 * bit 30, their number is stored as a `local_t` right behind the data (kernel/trace/ring_buffer.c,
 * `ring_buffer_read_page`).
 */

import { type ByteSource, badInput } from "../../base/byte_source.ts";
import { type EventFormat, type Field, parseFields } from "./event_format.ts";

export const MISSED_EVENTS = 0x8000_0000;
export const MISSED_STORED = 0x4000_0000;
/** What is left of `commit` without the flags: the size in use. */
export const COMMIT_SIZE = 0x3fff_ffff;

export interface PageLayout {
  readonly pageSize: number;
  readonly littleEndian: boolean;
  /** Offsets of the high and the low half of the timestamp. */
  readonly timeHigh: number;
  readonly timeLow: number;
  /** Offset of the low 32 bits of `commit`. */
  readonly commit: number;
  /** Bytes of a `local_t`, 4 or 8: of `commit`, and of the stored number of lost events. */
  readonly wordSize: number;
  /** Where the records start. */
  readonly data: number;
}

/** The layout that `headerPage` describes; `pageSize` where the file states it elsewhere. */
export function pageLayout(
  headerPage: string,
  pageSize: number | undefined,
  littleEndian: boolean,
  source: ByteSource,
): PageLayout {
  const format: EventFormat = { name: "header_page", id: 0, text: headerPage, source, offset: 0 };
  const fields = parseFields(format);
  const field = (name: string) => fields.get(name) ?? lacks(source, name);
  const timestamp = field("timestamp");
  const commit = field("commit");
  const data = field("data");
  const layout: PageLayout = {
    pageSize: pageSize ?? data.offset + data.size,
    littleEndian,
    timeHigh: timestamp.offset + (littleEndian ? 4 : 0),
    timeLow: timestamp.offset + (littleEndian ? 0 : 4),
    commit: commit.offset + (littleEndian ? 0 : commit.size - 4),
    wordSize: commit.size,
    data: data.offset,
  };
  checkLayout(source, layout, timestamp);
  return layout;
}

function checkLayout(source: ByteSource, layout: PageLayout, timestamp: Field): void {
  const { pageSize, commit, wordSize, data } = layout;
  const words = timestamp.size === 8 && (wordSize === 4 || wordSize === 8);
  const inside = commit >= 0 && commit + 4 <= data && timestamp.offset + 8 <= data && data < pageSize;
  if (!words || !inside || pageSize > 16 << 20 || pageSize % 4 !== 0 || data % 4 !== 0) {
    badInput(
      source,
      0,
      "a header_page with timestamp, commit and data inside a page",
      JSON.stringify(layout),
    );
  }
}

function lacks(source: ByteSource, name: string): never {
  return badInput(source, 0, `a header_page with the field ${name}`, "none");
}
