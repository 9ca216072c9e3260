/** What the text of a specimen does to the world besides memory: roots, TLBs, the life of objects, and what it does wrong. */

import type { StructId } from "../../ir/types.ts";
import type { Client } from "./client.ts";
import { CpuState } from "./cpu_state.ts";
import { COUNT_ROOTS } from "./stops.ts";

/** Called by generated code. */
export class MachineWorld extends CpuState {
  /** Faults of the specimen, how often. */
  readonly faults = new Map<string, number>();
  protected client: Client | undefined;

  loadRoot(cpu: number, mm: number): void {
    if (this.roots[cpu] !== mm) this.cold[cpu] = 1;
    this.roots[cpu] = mm;
    this.counts[COUNT_ROOTS] = (this.counts[COUNT_ROOTS] as number) + 1;
  }

  /** A new object, in the memory of `cpu`'s socket. */
  allocate(struct: StructId, cpu: number): number {
    const object = this.memory.allocate(struct);
    this.placeObject(struct, object, cpu);
    return object;
  }

  free(struct: StructId, object: number, time: number, at: number): void {
    if (!this.memory.free(struct, object)) this.fault("freed twice", at);
    if (struct !== this.program.mmStruct) return;
    for (let cpu = 0; cpu < this.cpus; cpu++) {
      if (this.roots[cpu] === object) this.fault("a freed mm is loaded", at);
    }
    this.client?.freed?.(object, time);
  }

  died(mm: number, time: number): void {
    this.client?.died?.(mm, time);
  }

  /** An access of `cpu` to an object that is not alive; it counts when it is made, not when it is put off. */
  dangles(cpu: number, object: number, at: number): void {
    if ((this.clocks[cpu] as number) > (this.limits[1] as number)) return;
    this.fault(object === 0 ? "NULL" : "used after free", at);
  }

  fault(what: string, at: number): void {
    const place = this.program.positions[at];
    const key = `${what} in ${place?.func ?? "?"} (${place?.file ?? "?"}:${place?.line ?? 0})`;
    this.faults.set(key, (this.faults.get(key) ?? 0) + 1);
  }
}
