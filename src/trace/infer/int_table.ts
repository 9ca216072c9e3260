/**
 * A dense map from small non-negative integers (pids, CPUs, interned addresses, task ids) to integers: an
 * `Int32Array` that grows by doubling. An index never written reads as the table's empty value, so that a lookup
 * needs no test for presence and allocates nothing.
 */

const FIRST_SIZE = 64;

export class IntTable {
  /** What an index that was never written holds. */
  readonly empty: number;
  private cells: Int32Array;

  constructor(empty: number) {
    this.empty = empty;
    this.cells = new Int32Array(FIRST_SIZE).fill(empty);
  }

  get(index: number): number {
    return this.cells[index] ?? this.empty;
  }

  set(index: number, value: number): void {
    if (index >= this.cells.length) this.grow(index);
    this.cells[index] = value;
  }

  add(index: number, delta: number): number {
    const value = this.get(index) + delta;
    this.set(index, value);
    return value;
  }

  private grow(index: number): void {
    let size = this.cells.length;
    while (size <= index) size *= 2;
    const wider = new Int32Array(size).fill(this.empty);
    wider.set(this.cells);
    this.cells = wider;
  }
}
