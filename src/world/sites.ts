/** The ops of all bodies by number, for a memory that is an execution graph. */
import { present } from "../base/assert.ts";
import type { FuncId } from "../ir/types.ts";
import type { GraphSite } from "./graph_memory.ts";
import { entryKey, type RoleBody } from "./machine.ts";
import type { Role } from "./ownership.ts";

export class Sites {
  readonly all: GraphSite[] = [];
  private readonly first = new Map<string, number>();

  constructor(bodies: readonly RoleBody[]) {
    for (const { func, role, cut } of bodies) {
      this.first.set(entryKey(func, role), this.all.length);
      cut.body.ops.forEach((op, pc) => {
        this.all.push({ op, own: cut.facts.ownBase[pc] !== 0 });
      });
    }
  }

  number(func: FuncId, role: Role, pc: number): number {
    return present(this.first.get(entryKey(func, role)), "site") + pc;
  }
}
