/** Bytes in the order and word size of the machine that a test pretends to be. The mirror of `ByteReader`. */

export class ByteWriter {
  readonly littleEndian: boolean;
  #bytes = new Uint8Array(1024);
  #length = 0;

  constructor(littleEndian: boolean) {
    this.littleEndian = littleEndian;
  }

  get length(): number {
    return this.#length;
  }

  u8(value: number): this {
    this.#room(1).setUint8(0, value);
    return this.#advance(1);
  }

  u16(value: number): this {
    this.#room(2).setUint16(0, value, this.littleEndian);
    return this.#advance(2);
  }

  u32(value: number): this {
    this.#room(4).setUint32(0, value >>> 0, this.littleEndian);
    return this.#advance(4);
  }

  u64(value: number | bigint): this {
    this.#room(8).setBigUint64(0, BigInt.asUintN(64, BigInt(value)), this.littleEndian);
    return this.#advance(8);
  }

  /** A `long` of the machine. */
  word(value: number | bigint, size: 4 | 8): this {
    return size === 8 ? this.u64(value) : this.u32(Number(value));
  }

  raw(bytes: Uint8Array): this {
    this.#room(bytes.length);
    this.#bytes.set(bytes, this.#length);
    return this.#advance(bytes.length);
  }

  text(text: string): this {
    return this.raw(new TextEncoder().encode(text));
  }

  /** A NUL-terminated string. */
  cstring(text: string): this {
    return this.text(text).u8(0);
  }

  /** A string in a fixed field, the rest filled with `fill`. */
  fixed(text: string, size: number, fill = 0): this {
    const bytes = new TextEncoder().encode(text).subarray(0, size);
    return this.raw(bytes).raw(new Uint8Array(size - bytes.length).fill(fill));
  }

  padTo(multiple: number): this {
    const over = this.#length % multiple;
    return over === 0 ? this : this.raw(new Uint8Array(multiple - over));
  }

  /** Overwrites a number written before, when its value has become known. */
  patch64(at: number, value: number): void {
    new DataView(this.#bytes.buffer).setBigUint64(at, BigInt(value), this.littleEndian);
  }

  done(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  #room(size: number): DataView {
    if (this.#length + size > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(2 * this.#bytes.length, this.#length + size));
      larger.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = larger;
    }
    return new DataView(this.#bytes.buffer, this.#length);
  }

  #advance(size: number): this {
    this.#length += size;
    return this;
  }
}
