/**
 * One stream out of the CPUs': the record with the smallest (time, CPU) is next, is counted, and is handed to the sink
 * if the sink wants it. Gaps are reported where they belong in that order: before the record behind them, or after the
 * last record of a CPU for losses that only the kernel's statistics tell.
 */

import type { TraceSink, TraceTotals } from "../events.ts";
import type { CpuStream, Origin } from "./cpu_stream.ts";
import type { EventTable } from "./event_table.ts";
import { DamagedField } from "./fields.ts";
import type { LossLedger } from "./loss.ts";
import { before, StreamHeap } from "./stream_heap.ts";

export class Merge {
  readonly #sink: TraceSink;
  readonly #table: EventTable;
  readonly #loss: LossLedger;
  readonly #heap = new StreamHeap();
  readonly #littleEndian: boolean;
  #firstTs = 0;
  #lastTs = 0;
  #total = 0;
  #backwards = 0;

  constructor(sink: TraceSink, table: EventTable, loss: LossLedger, littleEndian: boolean) {
    this.#sink = sink;
    this.#table = table;
    this.#loss = loss;
    this.#littleEndian = littleEndian;
  }

  /** Feeds all records to the sink. */
  run(streams: readonly CpuStream[], origin: Origin): void {
    const silent: CpuStream[] = [];
    for (const stream of streams) {
      if (stream.start(origin)) this.#heap.push(stream);
      else silent.push(stream);
    }
    this.#firstTs = this.#lastTs = this.#heap.top?.ts ?? 0;
    for (let top = this.#heap.top; top !== undefined; top = this.#heap.top) {
      if (this.#guarded(top, this.#heap.runnerUp)) this.#heap.settle();
      else this.#heap.pop();
    }
    for (const stream of silent) this.#reportRest(stream.cpu, stream);
    for (const cpu of this.#loss.unreported()) this.#reportRest(cpu);
  }

  totals(): TraceTotals {
    return {
      events: this.#table.byName(),
      total: this.#total,
      lost: this.#loss.lost,
      lostPlaces: this.#loss.places,
      firstTs: this.#firstTs,
      lastTs: this.#lastTs,
      backwards: this.#backwards,
    };
  }

  /** `#drain`, with damage inside a record reported at the record. */
  #guarded(stream: CpuStream, rival: CpuStream | undefined): boolean {
    try {
      return this.#drain(stream, rival);
    } catch (error) {
      if (error instanceof DamagedField) stream.badRecord(error.expected, error.found);
      throw error;
    }
  }

  /** Takes records of one CPU until another CPU's is next; false when the CPU has no more. */
  #drain(stream: CpuStream, rival: CpuStream | undefined): boolean {
    const { decoders, need, counts, idOffset } = this.#table;
    const little = this.#littleEndian;
    do {
      if (stream.gap !== undefined) this.#reportGap(stream);
      const { view, at, end, ts } = stream;
      const size = end - at;
      const id = size < idOffset + 2 ? tooShort(stream, idOffset + 2) : view.getUint16(at + idOffset, little);
      if (size < (need[id] ?? 0)) tooShort(stream, need[id] ?? 0);
      counts[id] = (counts[id] ?? 0) + 1;
      this.#total++;
      if (ts < this.#lastTs) this.#backwards++;
      this.#lastTs = ts;
      decoders[id]?.(view, at, end, ts, stream.cpu);
      if (!stream.advance()) {
        this.#reportRest(stream.cpu, stream);
        return false;
      }
    } while (rival === undefined || before(stream, rival));
    return true;
  }

  #reportGap(stream: CpuStream): void {
    const gap = stream.gap;
    if (gap === undefined) return;
    stream.gap = undefined;
    this.#loss.seen(stream.cpu, gap);
    this.#sink.lost?.(stream.ts, stream.cpu, gap.places > 0 ? undefined : gap.count);
  }

  /** At the end of a CPU: a gap behind its last record, and what only the statistics know. */
  #reportRest(cpu: number, stream?: CpuStream): void {
    const gap = stream?.gap;
    if (stream !== undefined) stream.gap = undefined;
    if (gap !== undefined) this.#loss.seen(cpu, gap);
    const rest = this.#loss.rest(cpu) + (gap?.count ?? 0);
    const unknown = (gap?.places ?? 0) > 0;
    if (rest > 0 || unknown) this.#sink.lost?.(this.#lastTs, cpu, rest > 0 ? rest : undefined);
  }
}

function tooShort(stream: CpuStream, need: number): never {
  return stream.badRecord(`a record of at least ${need} bytes`, `${stream.end - stream.at}`);
}
