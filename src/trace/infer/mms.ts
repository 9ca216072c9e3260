/**
 * Address spaces over their lives: parallel arrays indexed by `MmId`. Ids 0 and 1 are taken (`NO_MM`, `INIT_MM`).
 *
 * `byAddress` knows the mm that lives at an interned kernel address now. `retire` breaks the link at `__mmdrop`:
 * slab hands the same address to the next mm at once, and without it two processes would become one.
 */

import type { AddressId } from "../events.ts";
import { FIRST_MM, type MmId, type Sure, type TaskId, UNKNOWN_MM, UNKNOWN_TASK } from "./actions.ts";
import { IntTable } from "./int_table.ts";
import type { MmRecord } from "./report.ts";

/** Where an identity comes from; see `MmRecord.origin`. */
export type MmOrigin = MmRecord["origin"];

export class MmTable {
  readonly origins: MmOrigin[] = ["probe", "probe"];
  readonly sure: Sure[] = ["observed", "observed"];
  /** When the mm was first named. */
  readonly firstTs: number[] = [0, 0];
  /** When it was last part of an action. */
  readonly lastTs: number[] = [0, 0];
  /** Tasks that hold it now, of those known. */
  readonly live = new IntTable(0);
  /** Tasks that ever held it, of those known. */
  readonly users = new IntTable(0);
  /** mm_users reached 0. A dead mm may stay allocated for as long as CPUs are lazy on it. */
  readonly ended = new IntTable(0);
  private readonly owners = new IntTable(UNKNOWN_TASK);
  private readonly ownerComms: string[] = ["", ""];
  private readonly addresses: (bigint | undefined)[] = [undefined, undefined];
  private readonly byAddress = new IntTable(UNKNOWN_MM);

  create(ts: number, origin: MmOrigin, sure: Sure): MmId {
    const mm = this.origins.length;
    this.origins.push(origin);
    this.sure.push(sure);
    this.firstTs.push(ts);
    this.lastTs.push(ts);
    this.ownerComms.push("");
    this.addresses.push(undefined);
    return mm;
  }

  /** The mm that lives at the address, or `UNKNOWN_MM`. */
  at(address: AddressId): MmId {
    return this.byAddress.get(address);
  }

  place(mm: MmId, address: AddressId, bits: bigint): void {
    this.byAddress.set(address, mm);
    this.addresses[mm] = bits;
  }

  /** The address may be another mm's from now on. */
  retire(address: AddressId): void {
    this.byAddress.set(address, UNKNOWN_MM);
  }

  /** A task holds the mm from now on. */
  join(mm: MmId, task: TaskId, comm: string): void {
    if (mm < FIRST_MM) return;
    this.live.add(mm, 1);
    if (this.users.add(mm, 1) > 1) return;
    this.owners.set(mm, task);
    this.ownerComms[mm] = comm;
  }

  /** A task holds the mm no longer; the number of known holders that are left. */
  leave(mm: MmId): number {
    return mm < FIRST_MM ? 0 : this.live.add(mm, -1);
  }

  /** Origin "fork" or "exec": the whole life is in the trace. */
  bornInTrace(mm: MmId): boolean {
    const origin = this.origins[mm];
    return origin === "fork" || origin === "exec";
  }

  records(): MmRecord[] {
    const list: MmRecord[] = [];
    for (let mm = FIRST_MM; mm < this.origins.length; mm++) list.push(this.record(mm));
    return list;
  }

  private record(mm: MmId): MmRecord {
    return {
      mm,
      address: this.addresses[mm],
      firstTs: this.firstTs[mm] ?? 0,
      lastTs: this.lastTs[mm] ?? 0,
      users: this.users.get(mm),
      origin: this.origins[mm] ?? "predates trace",
      sure: this.sure[mm] ?? "unknown",
      owner: this.owners.get(mm),
      comm: this.ownerComms[mm] ?? "",
      ended: this.ended.get(mm) !== 0,
    };
  }
}
