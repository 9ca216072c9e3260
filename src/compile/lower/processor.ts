/** The processor: barriers, locks, interrupts, page-table roots, hotplug. */

import { present } from "../../base/assert.ts";
import { type NewOp, reg } from "../../ir/builder.ts";
import { type FenceKind, NAMED_PROPERTIES, type StructId } from "../../ir/types.ts";
import type { PrimExpr } from "../tree.ts";
import { argument, type Lowering, placeArgument } from "./arguments.ts";
import type { Body } from "./body.ts";

/** Ops without operands, in order. */
function plain(...ops: readonly NewOp[]): Lowering {
  return (body, call) => {
    for (const op of ops) body.emit(call.at, op);
    return undefined;
  };
}

const fence = (kind: FenceKind): Lowering => plain({ op: "fence", kind });

/** The struct of page-table roots. A literal NULL does not say it, another call must have. */
function rootStruct(body: Body, call: PrimExpr): StructId {
  const decl = call.struct ?? body.link.unit.roles.get("mm");
  if (decl === undefined) body.report("kts-type-argument", call.at, { name: call.name });
  return decl === undefined ? 0 : body.link.structId(decl);
}

function onRoot(op: "root.load" | "tlb.flush-local" | "user.access"): Lowering {
  return (body, call) => {
    body.emit(call.at, { op, mm: argument(body, call, 0), struct: rootStruct(body, call) });
    return undefined;
  };
}

/** A spinlock's owner is neither preempted nor, in the `_irq` forms, interrupted. */
function locking(...before: readonly NewOp[]): Lowering {
  return (body, call) => {
    const place = placeArgument(body, call, 0);
    for (const op of before) body.emit(call.at, op);
    body.emit(call.at, { op: "lock", place });
    return undefined;
  };
}

function unlocking(...after: readonly NewOp[]): Lowering {
  return (body, call) => {
    const place = placeArgument(body, call, 0);
    body.emit(call.at, { op: "unlock", place });
    for (const op of after) body.emit(call.at, op);
    return undefined;
  };
}

const trylock: Lowering = (body, call) => {
  const place = placeArgument(body, call, 0);
  const [failed, end] = [body.out.label(), body.out.label()];
  body.emit(call.at, { op: "preempt.off" });
  const taken = body.compute(call.at, { kind: "bool" }, (dst) => ({ op: "trylock", place, dst }));
  body.br(call.at, taken, end, failed);
  body.out.bind(failed);
  body.emit(call.at, { op: "preempt.on" });
  body.out.bind(end);
  return taken;
};

function asserting(warn: boolean): Lowering {
  return (body, call) => {
    body.emit(call.at, { op: "bug", a: argument(body, call, 0), warn });
    return undefined;
  };
}

/** An assertion about a property; its first argument is the property's place in the list. */
const violating: Lowering = (body, call) => {
  const [named] = call.args;
  const property = present(NAMED_PROPERTIES[named?.kind === "const" ? named.value : -1], "a property");
  body.emit(call.at, { op: "bug", a: argument(body, call, 1), warn: false, property });
  return undefined;
};

export const processor: Readonly<Record<string, Lowering>> = {
  smp_mb: fence("mb"),
  smp_rmb: fence("rmb"),
  smp_wmb: fence("wmb"),
  smp_mb__before_atomic: fence("before-atomic"),
  smp_mb__after_atomic: fence("after-atomic"),
  smp_mb__after_spinlock: fence("after-spinlock"),
  smp_mb__after_unlock_lock: fence("after-unlock-lock"),
  barrier: fence("compiler"),
  cpu_relax: plain({ op: "cpu.relax" }),

  spin_lock: locking({ op: "preempt.off" }),
  spin_unlock: unlocking({ op: "preempt.on" }),
  spin_lock_irq: locking({ op: "irq.off" }, { op: "preempt.off" }),
  spin_unlock_irq: unlocking({ op: "irq.on" }, { op: "preempt.on" }),
  spin_trylock: trylock,
  local_irq_disable: plain({ op: "irq.off" }),
  local_irq_enable: plain({ op: "irq.on" }),
  local_irq_save: (body, call) => {
    return body.compute(call.at, { kind: "bool" }, (dst) => ({ op: "irq.save", dst }));
  },
  local_irq_restore: (body, call) => {
    body.emit(call.at, { op: "irq.restore", a: argument(body, call, 0) });
    return undefined;
  },
  irqs_disabled: (body, call) => {
    return body.compute(call.at, { kind: "bool" }, (dst) => ({ op: "irqs-off?", dst }));
  },
  preempt_disable: plain({ op: "preempt.off" }),
  preempt_enable: plain({ op: "preempt.on" }),

  rcu_read_lock: plain({ op: "rcu.lock" }),
  rcu_read_unlock: plain({ op: "rcu.unlock" }),
  synchronize_rcu: plain({ op: "rcu.sync" }),

  nr_cpu_ids: (body, call) => body.compute(call.at, { kind: "int" }, (dst) => ({ op: "ncpus", dst })),
  smp_processor_id: (body, call) => body.compute(call.at, { kind: "cpu" }, (dst) => ({ op: "cpuid", dst })),
  load_cr3: onRoot("root.load"),
  local_flush_tlb: onRoot("tlb.flush-local"),
  user_access: onRoot("user.access"),
  read_cr3: (body, call) => {
    const struct = body.link.structId(present(call.struct, "struct of read_cr3"));
    const dst = body.temporary({ kind: "ptr", struct });
    body.emit(call.at, { op: "root.read", dst });
    return reg(dst);
  },
  cpu_start_root: (body, call) => {
    const cpu = argument(body, call, 0);
    const mm = argument(body, call, 1);
    body.emit(call.at, { op: "cpu.start-root", cpu, mm, struct: rootStruct(body, call) });
    return undefined;
  },

  set_cpu_active: (body, call) => {
    const cpu = argument(body, call, 0);
    body.emit(call.at, { op: "cpu.set-active", cpu, active: argument(body, call, 1) });
    return undefined;
  },
  set_cpu_online: (body, call) => {
    const cpu = argument(body, call, 0);
    body.emit(call.at, { op: "cpu.set-online", cpu, online: argument(body, call, 1) });
    return undefined;
  },
  cpu_online: (body, call) => {
    const cpu = argument(body, call, 0);
    return body.compute(call.at, { kind: "bool" }, (dst) => ({ op: "cpu.online?", dst, cpu }));
  },
  cpu_play_dead: plain({ op: "cpu.die" }),
  cpu_wait_dead: (body, call) => {
    body.emit(call.at, { op: "cpu.wait-dead", cpu: argument(body, call, 0) });
    return undefined;
  },

  BUG_ON: asserting(false),
  WARN_ON: asserting(true),
  VIOLATION_ON: violating,
};
