/**
 * Messages to CPUs, IPIs and callbacks: a list per CPU in order of arrival, as parallel arrays. Messages of equal time
 * are in the order of posting.
 */

import type { FuncId } from "../../ir/types.ts";

/** The sender of a callback. */
export const NOBODY = -1;

export class Inbox {
  /** By CPU: when its first message arrives; Infinity when there is none. */
  readonly due: Float64Array;
  private readonly head: Int32Array;
  private readonly active: Int32Array;
  private next = new Int32Array(1024);
  private times = new Float64Array(1024);
  private handlers = new Int32Array(1024);
  private args = new Int32Array(1024);
  private senders = new Int32Array(1024);
  private spare = 0;
  private used = 1;

  constructor(cpus: number) {
    this.due = new Float64Array(cpus).fill(Infinity);
    this.head = new Int32Array(cpus);
    this.active = new Int32Array(cpus).fill(0);
  }

  post(cpu: number, time: number, handler: FuncId, arg: number, sender: number): void {
    const message = this.fresh();
    this.times[message] = time;
    this.handlers[message] = handler;
    this.args[message] = arg;
    this.senders[message] = sender;
    let before = 0;
    let after = this.head[cpu] as number;
    while (after !== 0 && (this.times[after] as number) <= time) {
      before = after;
      after = this.next[after] as number;
    }
    this.next[message] = after;
    if (before === 0) {
      this.head[cpu] = message;
      this.due[cpu] = time;
    } else this.next[before] = message;
  }

  /** The first message is being handled. */
  take(cpu: number): number {
    const message = this.head[cpu] as number;
    const then = this.next[message] as number;
    this.head[cpu] = then;
    this.due[cpu] = then === 0 ? Infinity : (this.times[then] as number);
    this.active[cpu] = message;
    return message;
  }

  handler(message: number): FuncId {
    return this.handlers[message] as number;
  }

  arg(message: number): number {
    return this.args[message] as number;
  }

  /** The message that was being handled is done with; who sent it. */
  done(cpu: number): number {
    const message = this.active[cpu] as number;
    this.active[cpu] = 0;
    this.next[message] = this.spare;
    this.spare = message;
    return this.senders[message] as number;
  }

  /** IPIs (not callbacks) that wait or are being handled. */
  sent(): number {
    let n = 0;
    for (let cpu = 0; cpu < this.head.length; cpu++) {
      const active = this.active[cpu] as number;
      if (active !== 0 && this.senders[active] !== NOBODY) n++;
      for (let m = this.head[cpu] as number; m !== 0; m = this.next[m] as number) {
        if (this.senders[m] !== NOBODY) n++;
      }
    }
    return n;
  }

  private fresh(): number {
    const again = this.spare;
    if (again !== 0) {
      this.spare = this.next[again] as number;
      return again;
    }
    if (this.used === this.next.length) this.grow();
    return this.used++;
  }

  private grow(): void {
    const size = this.next.length * 2;
    const wider = <A extends Int32Array | Float64Array>(old: A, fresh: A): A => {
      fresh.set(old);
      return fresh;
    };
    this.next = wider(this.next, new Int32Array(size));
    this.times = wider(this.times, new Float64Array(size));
    this.handlers = wider(this.handlers, new Int32Array(size));
    this.args = wider(this.args, new Int32Array(size));
    this.senders = wider(this.senders, new Int32Array(size));
  }
}
