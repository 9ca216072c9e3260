/**
 * The records of one CPU in order, as a cursor: `advance` moves to the next record, whose data is then
 * `view[at … end)` and whose time is `ts`. Nothing is allocated per record.
 *
 * A page holds entries of a 32-bit head, `type_len` (5 bits) and `time_delta` (27 bits), in bit order of the machine
 * (include/linux/ring_buffer.h, `enum ring_buffer_type`):
 *
 *     type_len 1…28   record of type_len × 4 bytes
 *     0               record whose length, this word included, is in the next word
 *     29 padding      delta 0: nothing more in this page; else a discarded record, its length in the next word
 *     30 time extend  the next word holds the upper bits of a longer delta
 *     31 time stamp   the next word and delta are the low 59 bits of an absolute time
 *
 * Times add up: page timestamp plus the deltas so far. They are kept as doubles relative to an origin, split into two
 * words first, because a 64-bit stamp does not fit a double but the distance of two stamps of a trace does.
 */

import { joinWords } from "../../base/byte_reader.ts";
import { InputError } from "../../base/input_error.ts";
import type { Block, BlockSource } from "./cpu_data.ts";
import { COMMIT_SIZE, MISSED_EVENTS, MISSED_STORED, type PageLayout } from "./page_layout.ts";

const PADDING = 29;
const TIME_EXTEND = 30;
const DELTA_BITS = 27;
/** An absolute time stamp has 59 bits, 27 of them in the upper word; the five above are those of the trace's time. */
const STAMP_WRAP = 2 ** 27;
const EMPTY = new DataView(new ArrayBuffer(0));

/** The point in time that a trace's times count from, as two words. */
export interface Origin {
  readonly high: number;
  readonly low: number;
}

/** Records lost before the current one. */
export interface Gap {
  /** How many are known. */
  count: number;
  /** How many times the page said only that some were lost. */
  places: number;
}

export class CpuStream {
  readonly cpu: number;
  /** The block that holds the current record. */
  view: DataView = EMPTY;
  /** Start and end of the current record's data in `view`. */
  at = 0;
  end = 0;
  /** Time of the current record. */
  ts = 0;
  /** What was lost between the last record and the current one; whoever reports it takes it away. */
  gap: Gap | undefined;

  readonly #name: string;
  readonly #blocks: BlockSource;
  readonly #layout: PageLayout;
  #block: Block | undefined;
  #origin: Origin = { high: 0, low: 0 };
  /** Start of the current page in the block, where its next entry is, and where its used part ends. */
  #page = 0;
  #next = 0;
  #pageEnd = 0;

  constructor(name: string, cpu: number, blocks: BlockSource, layout: PageLayout) {
    this.#name = name;
    this.cpu = cpu;
    this.#blocks = blocks;
    this.#layout = layout;
    this.#loadBlock();
  }

  /** The timestamp of the first page; undefined for a CPU without pages. Only before the first `advance`. */
  get firstStamp(): Origin | undefined {
    if (this.#block === undefined) return undefined;
    return { high: this.#word(this.#layout.timeHigh), low: this.#word(this.#layout.timeLow) };
  }

  /** Moves to the first record, with times counted from `origin`; false when there is none. */
  start(origin: Origin): boolean {
    this.#origin = origin;
    if (this.#block === undefined) return false;
    this.#enterPage();
    return this.advance();
  }

  /** Moves to the next record; false after the last. */
  advance(): boolean {
    const little = this.#layout.littleEndian;
    for (;;) {
      if (this.#next >= this.#pageEnd) {
        if (!this.#nextPage()) return false;
        continue;
      }
      const at = this.#next;
      const head = this.view.getUint32(at, little);
      const type = little ? head & 31 : head >>> DELTA_BITS;
      const delta = little ? head >>> 5 : head & 0x7ff_ffff;
      if ((type - 1) >>> 0 >= 28) {
        if (this.#special(at, type, delta)) return true;
        continue;
      }
      this.ts += delta;
      this.at = at + 4;
      this.end = this.#next = at + 4 + type * 4;
      if (this.end > this.#pageEnd) this.#overrun(at, type * 4);
      return true;
    }
  }

  /** Ends reading with an error about the current record. */
  badRecord(expected: string, found: string): never {
    return this.#bad(this.at, expected, found);
  }

  /** An entry that is not a short record. True when it is a record nevertheless. */
  #special(at: number, type: number, delta: number): boolean {
    if (type === PADDING && delta === 0) {
      this.#next = this.#pageEnd;
      return false;
    }
    if (at + 8 > this.#pageEnd) this.#overrun(at, 8);
    const word = this.view.getUint32(at + 4, this.#layout.littleEndian);
    if (type === 0) return this.#longRecord(at, delta, word);
    if (type === PADDING) this.#discarded(at, delta, word);
    else this.#timeEntry(at, type, delta, word);
    return false;
  }

  #longRecord(at: number, delta: number, length: number): boolean {
    // The length counts its own word and is a multiple of the alignment; anything else would lose the next head.
    if (length < 4 || length % 4 !== 0)
      this.#bad(at + 4, "the length of a record, a multiple of 4", `${length}`);
    this.ts += delta;
    this.at = at + 8;
    this.end = this.#next = at + 4 + length;
    if (this.end > this.#pageEnd) this.#overrun(at, length);
    return true;
  }

  /** A record that the kernel took back. Its delta counts unless it is the 1 put there to tell it from page end. */
  #discarded(at: number, delta: number, length: number): void {
    if (length < 4 || length % 4 !== 0)
      this.#bad(at + 4, "the length of padding, a multiple of 4", `${length}`);
    if (delta !== 1) this.ts += delta;
    this.#next = at + 4 + length;
    if (this.#next > this.#pageEnd) this.#overrun(at, length);
  }

  #timeEntry(at: number, type: number, delta: number, word: number): void {
    this.#next = at + 8;
    if (type === TIME_EXTEND) this.ts += word * 2 ** DELTA_BITS + delta;
    else this.ts = this.#absolute(word, delta);
  }

  /**
   * The time of a 59-bit stamp. Its upper 27 bits wrap, and are put right while they are a small integer: the whole
   * stamp would no longer be exact.
   */
  #absolute(word: number, delta: number): number {
    const low = ((word << DELTA_BITS) | delta) >>> 0;
    let high = (word >>> 5) - (this.#origin.high & 0x7ff_ffff);
    if (high < -STAMP_WRAP / 2) high += STAMP_WRAP;
    return joinWords(high, low - this.#origin.low);
  }

  #nextPage(): boolean {
    if (this.#block === undefined) return false;
    this.#page += this.#layout.pageSize;
    if (this.#page >= this.view.byteLength && !this.#loadBlock()) return false;
    this.#enterPage();
    return true;
  }

  #loadBlock(): boolean {
    let block = this.#blocks.next();
    while (block !== undefined && block.bytes.length === 0) block = this.#blocks.next();
    this.#block = block;
    this.#page = 0;
    if (block === undefined) return false;
    const { buffer, byteOffset, byteLength } = block.bytes;
    this.view = new DataView(buffer, byteOffset, byteLength);
    return true;
  }

  #enterPage(): void {
    const { data, pageSize, timeHigh, timeLow } = this.#layout;
    const commit = this.#word(this.#layout.commit);
    const used = commit & COMMIT_SIZE;
    if (used > pageSize - data || used % 4 !== 0) {
      const expected = `at most ${pageSize - data} bytes in use in a page, a multiple of 4`;
      this.#bad(this.#page + this.#layout.commit, expected, `${used}`);
    }
    this.#next = this.#page + data;
    this.#pageEnd = this.#next + used;
    this.ts = joinWords(this.#word(timeHigh) - this.#origin.high, this.#word(timeLow) - this.#origin.low);
    if ((commit & MISSED_EVENTS) !== 0) this.#missed((commit & MISSED_STORED) !== 0);
  }

  /** The page says that events were lost before it, and how many if it had room for the number. */
  #missed(stored: boolean): void {
    this.gap ??= { count: 0, places: 0 };
    const { wordSize, littleEndian, pageSize } = this.#layout;
    const low = this.#pageEnd + (littleEndian ? 0 : wordSize - 4);
    if (stored && low + 4 <= this.#page + pageSize) this.gap.count += this.view.getUint32(low, littleEndian);
    else this.gap.places += 1;
  }

  /** A word of the current page. */
  #word(offset: number): number {
    return this.view.getUint32(this.#page + offset, this.#layout.littleEndian);
  }

  #overrun(at: number, length: number): never {
    const used = this.#pageEnd - this.#page - this.#layout.data;
    return this.#bad(at, `a record inside the ${used} bytes in use of its page`, `one of ${length} bytes`);
  }

  #bad(at: number, expected: string, found: string): never {
    const start = this.#block?.fileOffset ?? 0;
    const place = this.#block?.expanded
      ? `byte ${start} (byte ${at} of the expanded chunk)`
      : `byte ${start + at}`;
    throw new InputError(`${this.#name}: ${place}: CPU ${this.cpu}: expected ${expected}, found ${found}`);
  }
}
