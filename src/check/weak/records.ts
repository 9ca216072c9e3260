/** Records of live graphs, each kept once, by number; 0 is the empty graph. */

export class Records {
  readonly #numbers = new Map<string, number>();
  readonly #records: Uint16Array[] = [];

  constructor() {
    this.numberOf(Uint16Array.of(0, 0, 0, 0));
  }

  /** The number of a record, which is copied when it is new. */
  numberOf(record: Uint16Array): number {
    const key = String.fromCharCode.apply(null, record as unknown as number[]);
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const made = this.#records.push(record.slice()) - 1;
    this.#numbers.set(key, made);
    return made;
  }

  get(number: number): Uint16Array {
    return this.#records[number] ?? (this.#records[0] as Uint16Array);
  }

  get count(): number {
    return this.#records.length;
  }
}
