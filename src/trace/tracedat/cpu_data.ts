/**
 * The pages of one CPU, a block at a time: a window of a plain region, or one chunk of a compressed one, expanded when
 * its turn comes. A CPU holds one block, so memory is CPUs × block size however long the trace is.
 */

import { ByteReader } from "../../base/byte_reader.ts";
import { type ByteSource, badInput } from "../../base/byte_source.ts";
import { type Decompress, readCompressed } from "./compression.ts";
import type { CpuRegion } from "./trace_file.ts";

/** Whole pages, one after the other. */
export interface Block {
  readonly bytes: Uint8Array;
  /** Where the block is in the file; for a chunk, where its header is. */
  readonly fileOffset: number;
  /** True when positions in `bytes` are not positions in the file. */
  readonly expanded: boolean;
}

/** The blocks of one CPU in order; undefined after the last. */
export interface BlockSource {
  next(): Block | undefined;
  /** Bytes of the file taken so far. */
  readonly taken: number;
}

/** The same blocks, with a call for the bytes of the file that each of them took. */
export function counted(blocks: BlockSource, onTaken: (bytes: number) => void): BlockSource {
  return {
    get taken() {
      return blocks.taken;
    },
    next: () => {
      const before = blocks.taken;
      const block = blocks.next();
      onTaken(blocks.taken - before);
      return block;
    },
  };
}

const WINDOW = 128 * 1024;
/** trace-cmd makes chunks of ten pages. Every CPU holds one, so their size is worth a limit. */
const MAX_CHUNK_PAGES = 256;

/** Plain pages: version 6, and version 7 without compression. */
export class PlainBlocks implements BlockSource {
  taken = 0;
  readonly #source: ByteSource;
  readonly #region: CpuRegion;
  readonly #window: number;

  constructor(source: ByteSource, region: CpuRegion, pageSize: number) {
    if (region.size % pageSize !== 0) {
      const found = `${region.size} bytes (truncated?)`;
      badInput(source, region.offset, `whole pages of ${pageSize} bytes of CPU ${region.cpu}`, found);
    }
    this.#source = source;
    this.#region = region;
    this.#window = Math.max(1, Math.floor(WINDOW / pageSize)) * pageSize;
  }

  next(): Block | undefined {
    const length = Math.min(this.#window, this.#region.size - this.taken);
    if (length === 0) return undefined;
    const fileOffset = this.#region.offset + this.taken;
    this.taken += length;
    return { bytes: this.#source.read(fileOffset, length), fileOffset, expanded: false };
  }
}

/** Compressed chunks: a count u32, then each with its two sizes (`compression.ts`). */
export class ChunkBlocks implements BlockSource {
  readonly #reader: ByteReader;
  readonly #decompress: Decompress;
  readonly #start: number;
  readonly #pageSize: number;
  readonly #what: string;
  #chunks: number;

  constructor(
    source: ByteSource,
    region: CpuRegion,
    pageSize: number,
    littleEndian: boolean,
    decompress: Decompress,
  ) {
    // trace-cmd 3.1 announces the size without the count in front, which 3.2 and later include.
    const end = region.offset + region.size + 4;
    this.#reader = new ByteReader(source, region.offset, littleEndian, end);
    this.#decompress = decompress;
    this.#start = region.offset;
    this.#pageSize = pageSize;
    this.#what = `a chunk of CPU ${region.cpu}`;
    this.#chunks = region.size === 0 ? 0 : this.#reader.u32(`the number of chunks of CPU ${region.cpu}`);
  }

  get taken(): number {
    return this.#reader.offset - this.#start;
  }

  next(): Block | undefined {
    if (this.#chunks === 0) return undefined;
    this.#chunks--;
    const fileOffset = this.#reader.offset;
    const bytes = readCompressed(
      this.#reader,
      this.#decompress,
      this.#what,
      MAX_CHUNK_PAGES * this.#pageSize,
    );
    if (bytes.length % this.#pageSize !== 0) {
      const found = `${bytes.length} bytes`;
      this.#reader.fail(`whole pages of ${this.#pageSize} bytes in ${this.#what}`, found, fileOffset + 4);
    }
    return { bytes, fileOffset, expanded: true };
  }
}
