/** The ops of all bodies by number, for a memory that is an execution graph. */
import { present } from "../base/assert.ts";
import { jumpTargets } from "../ir/operands.ts";
import type { FuncId, Op } from "../ir/types.ts";
import type { GraphSite } from "./graph_memory.ts";
import { entryKey, type RoleBody } from "./machine.ts";
import type { Role } from "./ownership.ts";

export class Sites {
  readonly all: GraphSite[] = [];
  private readonly first = new Map<string, number>();

  constructor(bodies: readonly RoleBody[]) {
    for (const { func, role, cut } of bodies) {
      this.first.set(entryKey(func, role), this.all.length);
      const births = birthStores(cut.body.ops);
      cut.body.ops.forEach((op, pc) => {
        this.all.push({ op, own: cut.facts.ownBase[pc] !== 0, birth: births.has(pc) });
      });
    }
  }

  number(func: FuncId, role: Role, pc: number): number {
    return present(this.first.get(entryKey(func, role)), "site") + pc;
  }
}

/** Stores right behind an `alloc` into the new object, which nobody else has a pointer to yet, by pc. */
function birthStores(ops: readonly Op[]): ReadonlySet<number> {
  const targets = jumpTargets(ops);
  const found = new Set<number>();
  ops.forEach((op, pc) => {
    if (op.op !== "alloc") return;
    for (let at = pc + 1; !targets.has(at) && storesInto(ops[at], op.dst); at++) found.add(at);
  });
  return found;
}

function storesInto(op: Op | undefined, object: number): boolean {
  return op?.op === "store" && "reg" in op.place.obj && op.place.obj.reg === object && "imm" in op.value;
}
