/**
 * The window of stock inference: a ring of records between the reader, which appends at the head and annotates
 * records that are still inside with what it learns later, and the model, which takes them from the tail in order.
 *
 * A record is named by its sequence number, which never wraps; `holds(seq)` says whether it is still inside. All
 * fields are parallel typed arrays, so that a record costs no allocation and the window's memory is fixed.
 */

/** A context switch: `task` is the outgoing and `other` the incoming task. */
export const SWITCH = 0;
/** `task_newtask`: `task` is the caller, `other` the child. */
export const FORK = 1;
/** A full flush for a change of mm outside a switch, by the running `task`: an exec, or a kick to init_mm. */
export const FLUSH = 2;
/** `task_rename`. */
export const RENAME = 3;
/** `sched_process_exec`. */
export const EXEC = 4;
/** `sched_process_exit`. */
export const EXIT = 5;
/** Events are missing on `cpu`; `other` is the count or −1. */
export const LOST = 6;

/** SWITCH: the switch changed the hardware's mm, as a TLB flush within it shows. */
export const FLUSHED = 1 << 0;
/** SWITCH: events followed on the CPU and none was a flush within the switch. */
export const UNFLUSHED = 1 << 1;
/** SWITCH: the outgoing task will not run again. */
export const PREV_DEAD = 1 << 2;
/** SWITCH: the outgoing task, though its exit event has passed, was switched in with a flush later. */
export const STILL_USER = 1 << 3;
/** SWITCH: the next events of the CPU are lost, so the absence of a flush says nothing. */
export const CUT = 1 << 4;
/** FORK: the child shares the caller's mm (CLONE_VM). */
export const SHARES = 1 << 5;
/** FLUSH, RENAME, EXEC: `exec_mmap` is here. */
export const IS_EXEC = 1 << 6;
/** FLUSH, EXIT: the task is past `exit_mm` here. */
export const IS_EXIT = 1 << 7;
/** EXIT: the kernel writes the event before `exit_mm` (7.2), not after it. */
export const EXIT_FIRST = 1 << 8;

/** SWITCH: the outgoing task was past exit_mm: it came back without a flush over an mm that is not its own. */
export const PREV_EXITED = 1 << 9;
/** SWITCH: the outgoing task was close to exit_mm, before or after. */
export const AMBIGUOUS = 1 << 10;

/** SWITCH: taken as before exit_mm, without evidence. */
export const NEAR_EXIT = 1 << 11;

/** SWITCH: another CPU's events of the same time are lost, so that the tasks may have changed meanwhile. */
export const SHADOWED = 1 << 12;

/** No record. */
export const NO_RECORD = -1;

export class StockWindow {
  readonly capacity: number;
  readonly kinds: Uint8Array;
  readonly ts: Float64Array;
  readonly cpus: Int32Array;
  readonly tasks: Int32Array;
  readonly others: Int32Array;
  readonly notes: Uint16Array;
  /** The oldest record inside. */
  tail = 0;
  /** The sequence number that the next record gets. */
  head = 0;
  private readonly mask: number;

  /** `records` is rounded up to a power of two. */
  constructor(records: number) {
    let capacity = 2;
    while (capacity < records) capacity *= 2;
    this.capacity = capacity;
    this.mask = capacity - 1;
    this.kinds = new Uint8Array(capacity);
    this.ts = new Float64Array(capacity);
    this.cpus = new Int32Array(capacity);
    this.tasks = new Int32Array(capacity);
    this.others = new Int32Array(capacity);
    this.notes = new Uint16Array(capacity);
  }

  get full(): boolean {
    return this.head - this.tail === this.capacity;
  }

  /** The slot of a record. The mask would fail past 2^31 records; the remainder does not. */
  slot(seq: number): number {
    return seq < 0x7fff_ffff ? seq & this.mask : seq % this.capacity;
  }

  holds(seq: number): boolean {
    return seq >= this.tail && seq < this.head;
  }

  /** Appends a record; the window must not be full. */
  push(kind: number, ts: number, cpu: number, task: number, other: number, notes: number): number {
    const seq = this.head++;
    const at = this.slot(seq);
    this.kinds[at] = kind;
    this.ts[at] = ts;
    this.cpus[at] = cpu;
    this.tasks[at] = task;
    this.others[at] = other;
    this.notes[at] = notes;
    return seq;
  }

  /** Adds notes to a record; false where it has left the window already. */
  annotate(seq: number, notes: number): boolean {
    if (!this.holds(seq)) return false;
    const at = this.slot(seq);
    this.notes[at] = (this.notes[at] ?? 0) | notes;
    return true;
  }

  /** Adds notes to all records inside from one on. */
  annotateFrom(seq: number, notes: number): void {
    for (let at = Math.max(seq, this.tail); at < this.head; at++) this.annotate(at, notes);
  }
}
