/**
 * Store buffers: what total store order (x86) adds to sequential consistency.
 *
 * A plain store goes into its CPU's buffer and reaches memory later, in order; the CPU's own loads look into the buffer
 * first. Fences, locked read-modify-writes, loads of the root, sending an IPI, and taking or leaving an interrupt wait
 * for an empty buffer (Sewell et al., x86-TSO, CACM 2010; Intel SDM vol. 3, 9.2). Reaching memory is a move of its own
 * that may happen at any time.
 *
 * Only fields that more than one CPU accesses are buffered: for a field that one CPU alone looks at, the buffer is
 * invisible. In a state vector a buffer is a count and pairs of (cell + 1, value), oldest first, zero beyond the count.
 */
import type { Op } from "../ir/types.ts";
import type { Layout } from "./layout.ts";

/**
 * Entries of a buffer, smallest first. Short buffers make small states, but a search in which a store had to wait for
 * room proves nothing, as a real buffer is longer: it is repeated with the next depth, and `bounded` after the last.
 */
export const STORE_DEPTHS = [6, 12, 24] as const;

/** Cells of a buffer of so many entries. */
export const storeCells = (depth: number): number => 1 + 2 * depth;

/** The value that the CPU whose block is at `C` sees in `cell`. */
export function viewCell(layout: Layout, s: Int32Array, C: number, cell: number): number {
  const base = C + layout.storeBuffer;
  for (let i = (s[base] ?? 0) - 1; i >= 0; i--) {
    if (s[base + 1 + 2 * i] === cell + 1) return s[base + 2 + 2 * i] ?? 0;
  }
  return s[cell] ?? 0;
}

/** Appends a store; the caller has checked that there is room. */
export function pushStore(layout: Layout, s: Int32Array, C: number, cell: number, value: number): void {
  const base = C + layout.storeBuffer;
  const n = s[base] ?? 0;
  s[base + 1 + 2 * n] = cell + 1;
  s[base + 2 + 2 * n] = value;
  s[base] = n + 1;
}

/** Takes the oldest store out of the buffer and returns its cell; its value is written to memory by this. */
export function drainStore(layout: Layout, s: Int32Array, C: number): number {
  const base = C + layout.storeBuffer;
  const n = (s[base] ?? 0) - 1;
  const cell = (s[base + 1] ?? 0) - 1;
  s[cell] = s[base + 2] ?? 0;
  for (let i = base + 1; i < base + 1 + 2 * n; i++) s[i] = s[i + 2] ?? 0;
  s[base + 1 + 2 * n] = 0;
  s[base + 2 + 2 * n] = 0;
  s[base] = n;
  return cell;
}

/**
 * The stores to cells `first` … `last` leave the buffer without reaching memory: the object they go to has been freed by
 * the CPU that made them. Nobody may look any more, and the CPU's own stores cannot be late for its own `free`.
 */
export function dropStores(layout: Layout, s: Int32Array, C: number, first: number, last: number): void {
  const base = C + layout.storeBuffer;
  const n = s[base] ?? 0;
  let kept = 0;
  for (let i = 0; i < n; i++) {
    const cell = (s[base + 1 + 2 * i] ?? 0) - 1;
    if (cell >= first && cell <= last) continue;
    s[base + 1 + 2 * kept] = cell + 1;
    s[base + 2 + 2 * kept] = s[base + 2 + 2 * i] ?? 0;
    kept++;
  }
  s.fill(0, base + 1 + 2 * kept, base + 1 + 2 * n);
  s[base] = kept;
}

/** The op waits for an empty buffer. */
export function needsEmptyBuffer(op: Op): boolean {
  switch (op.op) {
    case "rmw":
    case "cmpxchg":
    case "add-unless":
    case "mask.set":
    case "mask.clear":
    case "lock":
    case "trylock":
    case "ipi.send":
    case "nmi.send":
    case "root.load":
    case "task.wake":
    // Both begin a grace period, which has a full barrier at its start; a callback's begins later in Linux.
    case "rcu.sync":
    case "rcu.call":
    case "cpu.set-online":
    case "cpu.set-active":
    case "cpu.die":
      return true;
    case "fence":
      return op.kind === "mb";
    default:
      return false;
  }
}

/** The op appends to the buffer (if its field is one that is buffered). */
export function isBufferedStore(op: Op): boolean {
  return op.op === "store" || op.op === "unlock" || op.op === "task.finish";
}
