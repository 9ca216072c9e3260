/** A growing map from the dense ids of inference to object numbers of the machine, 0 for none. */
export class IdMap {
  private numbers = new Int32Array(1024);

  get(id: number): number {
    return id < 0 ? 0 : (this.numbers[id] ?? 0);
  }

  set(id: number, object: number): void {
    if (id >= this.numbers.length) {
      const wider = new Int32Array(Math.max(id + 1, this.numbers.length * 2));
      wider.set(this.numbers);
      this.numbers = wider;
    }
    this.numbers[id] = object;
  }
}
