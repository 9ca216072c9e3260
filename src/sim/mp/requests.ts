/**
 * Requests for lines that have to wait their turn: lists below the caches that wait, in a pool of typed arrays.
 *
 * A list is a pair (first, last) of request numbers; 0 is none. Requests of one core stand together: the threads of a
 * core share its misses, so that what comes for the first serves the second.
 */

export const READ = 0;
export const ATOMIC_OP = 1;
/** Posted: its CPU goes on meanwhile. */
export const STORE = 2;

export class Requests {
  cpu = new Int32Array(64);
  core = new Int32Array(64);
  kind = new Uint8Array(64);
  /** When it was made, and how long its core keeps the line. */
  asked = new Float64Array(64);
  cost = new Float64Array(64);
  /** For the books: class of the line, source position. */
  cls = new Int32Array(64);
  at = new Int32Array(64);
  next = new Int32Array(64);
  private used = 1;
  private free = 0;

  /** A request of a CPU, in no list. */
  make(
    cpu: number,
    core: number,
    kind: number,
    asked: number,
    cost: number,
    cls: number,
    at: number,
  ): number {
    const request = this.take();
    this.cpu[request] = cpu;
    this.core[request] = core;
    this.kind[request] = kind;
    this.asked[request] = asked;
    this.cost[request] = cost;
    this.cls[request] = cls;
    this.at[request] = at;
    this.next[request] = 0;
    return request;
  }

  /** Puts `request` into the list that begins with `first`, behind those of its core or at the end; the list's new last. */
  insert(first: number, last: number, request: number): number {
    const core = this.core[request];
    for (let each = first; each !== 0; each = this.next[each] as number) {
      if (this.core[each] !== core) continue;
      let mine = each;
      for (let then = this.next[mine] as number; then !== 0 && this.core[then] === core; ) {
        mine = then;
        then = this.next[mine] as number;
      }
      this.next[request] = this.next[mine] as number;
      this.next[mine] = request;
      return mine === last ? request : last;
    }
    this.next[last] = request;
    return request;
  }

  release(request: number): void {
    this.next[request] = this.free;
    this.free = request;
  }

  private take(): number {
    const again = this.free;
    if (again !== 0) {
      this.free = this.next[again] as number;
      return again;
    }
    if (this.used === this.cpu.length) this.grow();
    return this.used++;
  }

  private grow(): void {
    const size = this.used * 2;
    this.cpu = wider(this.cpu, new Int32Array(size));
    this.core = wider(this.core, new Int32Array(size));
    this.kind = wider(this.kind, new Uint8Array(size));
    this.asked = wider(this.asked, new Float64Array(size));
    this.cost = wider(this.cost, new Float64Array(size));
    this.cls = wider(this.cls, new Int32Array(size));
    this.at = wider(this.at, new Int32Array(size));
    this.next = wider(this.next, new Int32Array(size));
  }
}

/** `fresh` begins with what `old` holds. */
export function wider<A extends Int32Array | Float64Array | Uint8Array>(old: A, fresh: A): A {
  fresh.set(old);
  return fresh;
}
