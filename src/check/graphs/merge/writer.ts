/** Writes integers, and values and locations in a way that an exchange of twins does not change (`names.ts`). */

import { NUMBER } from "./kinds.ts";
import type { Names } from "./names.ts";

export class Writer {
  /** What was written: the first `length` integers. */
  values = new Int32Array(256);
  length = 0;
  readonly #names: Names | undefined;

  constructor(names: Names | undefined) {
    this.#names = names;
  }

  push(value: number): void {
    if (this.length === this.values.length) {
      const bigger = new Int32Array(2 * this.length);
      bigger.set(this.values);
      this.values = bigger;
    }
    this.values[this.length++] = value;
  }

  /** What a register of a thread holds. */
  pushRegister(t: number, reg: number, value: number): void {
    this.#pushValue(this.#names?.registers[t]?.[reg] ?? NUMBER, value);
  }

  /** A value that location x holds or is compared with; x is −1 for fences. */
  pushContent(x: number, value: number): void {
    this.#pushValue(x < 0 ? NUMBER : (this.#names?.holds[x] ?? NUMBER), value);
  }

  /** A number as it is, a name by its owner. */
  #pushValue(kind: number, value: number): void {
    const names = this.#names;
    if (names === undefined || kind === NUMBER) {
      this.push(value);
      return;
    }
    const owner = names.ownerOf(kind, value);
    this.push(names.call(owner));
    this.push(owner < 0 ? value : names.indexOf(kind, value));
  }

  pushLocation(x: number): void {
    const names = this.#names;
    if (names === undefined || x < 0) {
      this.push(x);
      return;
    }
    const owner = names.owner[x] ?? -1;
    this.push(names.call(owner));
    this.push(owner < 0 ? x : (names.index[x] ?? 0));
  }
}
