import { describe, expect, test } from "vitest";
import { expectIr, expectMain, expectProgram, inMain } from "../../../test/support/kts.ts";
import { printProgram } from "../../ir/printer.ts";

const HELPERS = `
function set(n: node): void { WRITE_ONCE(n.value, 1); }
function small(n: node): boolean { if (n.flag) return true; if (n.value > 1) return false; return n.owner === 0; }
`;

describe("accesses", () => {
  test("a plain read and a plain write", () => {
    expectMain(
      "G.value = H.value;",
      `
      0 %0:t = load node.value[&H], plain
      1 store node.value[&G], value %0:t, plain
      2 ret`,
    );
  });

  test("the object of an assignment is read before its value", () => {
    expectMain(
      "G.next.value = READ_ONCE(H.value) + 1;",
      `
      0 %0:t = load node.next[&G], plain
      1 %1:t = load node.value[&H], once
      2 %2:t = add %1:t, 1
      3 store node.value[%0:t], value %2:t, plain
      4 ret`,
    );
  });

  test("`op=` reads first and computes the object once", () => {
    expectMain(
      "G.next.value += H.value;",
      `
      0 %0:t = load node.next[&G], plain
      1 %1:t = load node.value[%0:t], plain
      2 %2:t = load node.value[&H], plain
      3 %3:t = add %1:t, %2:t
      4 store node.value[%0:t], value %3:t, plain
      5 ret`,
    );
  });

  test("the ordered forms", () => {
    expectMain(
      `const a = smp_load_acquire(G.next); rcu_assign_pointer(H.next, a); smp_store_release(G.value, 1);
       const b = rcu_dereference(G.next); WRITE_ONCE(b.value, 2); smp_cond_load_acquire_not(G.next, NULL);`,
      `
      0 %0:a = load node.next[&G], acquire
      1 store node.next[&H], value %0:a, release
      2 store node.value[&G], value 1, release
      3 %1:b = load node.next[&G], once
      4 store node.value[%1:b], value 2, once
      5 await node.next[&G], value 0, ne
      6 ret`,
    );
  });

  test("exchanges are full barriers unless they say otherwise", () => {
    expectMain(
      "const a = xchg(G.next, H); if (cmpxchg_release(G.next, a, NULL) === a) G.value = xchg_relaxed(H.value, 3);",
      `
      0 %0:a = rmw node.next[&G], value 2, xchg, full, old
      1 %1:t = cmpxchg node.next[&G], old %0:a, value 0, release
      2 %2:t = eq %1:t, %0:a
      3 br %2:t ? 4 : 6
      4 %3:t = rmw node.value[&H], value 3, xchg, relaxed, old
      5 store node.value[&G], value %3:t, plain
      6 ret`,
    );
  });

  test("atomics: no result, no order; a result, a full barrier", () => {
    expectMain(
      `atomic_set(G.count, 1); atomic_inc(G.count); atomic_sub(2, G.count); G.value = atomic_add_return(3, G.count);
       if (atomic_dec_and_test(G.count)) G.value = atomic_read(G.count);
       if (atomic_inc_not_zero(G.count)) G.value = atomic_cmpxchg(G.count, 1, 2);`,
      `
       0 store node.count[&G], value 1, once
       1 rmw node.count[&G], value 1, add, relaxed
       2 rmw node.count[&G], value 2, sub, relaxed
       3 %0:t = rmw node.count[&G], value 3, add, full, new
       4 store node.value[&G], value %0:t, plain
       5 %1:t = rmw node.count[&G], value 1, sub, full, new
       6 %2:t = eq %1:t, 0
       7 br %2:t ? 8 : 10
       8 %3:t = load node.count[&G], once
       9 store node.value[&G], value %3:t, plain
      10 %4:t = add-unless node.count[&G], value 1, unless 0, full
      11 br %4:t ? 12 : 14
      12 %5:t = cmpxchg node.count[&G], old 1, value 2, full
      13 store node.value[&G], value %5:t, plain
      14 ret`,
    );
  });

  test("masks: atomic bits, snapshots, local sets", () => {
    expectMain(
      `const cpu = smp_processor_id(); cpumask_set_cpu(cpu, G.mask);
       if (cpumask_test_and_clear_cpu(cpu, G.mask) || cpumask_empty(G.mask)) return;
       const rest = cpumask_without(cpumask_read(G.mask), cpu); G.flag = cpumask_has(rest, 2);`,
      `
       0 %0:cpu = cpuid
       1 mask.set node.mask[&G], cpu %0:cpu
       2 %1:t = mask.clear node.mask[&G], cpu %0:cpu
       3 br %1:t ? 7 : 4
       4 %2:t = mask.load node.mask[&G]
       5 %3:t = mask.empty mask %2:t
       6 br %3:t ? 7 : 8
       7 ret
       8 %4:t = mask.load node.mask[&G]
       9 %5:rest = mask.without mask %4:t, cpu %0:cpu
      10 %6:t = mask.has mask %5:rest, cpu 2
      11 store node.flag[&G], value %6:t, plain
      12 ret`,
    );
  });

  test("per-CPU variables: the address is taken where it is written", () => {
    expectMain(
      "const mine = this_cpu(SLOTS); mine.hits = per_cpu(SLOTS, 1).hits;",
      `
      0 %0:t = cpuid
      1 %1:mine = percpu SLOTS, cpu %0:t
      2 %2:t = percpu SLOTS, cpu 1
      3 %3:t = load slot.hits[%2:t], plain
      4 store slot.hits[%1:mine], value %3:t, plain
      5 ret`,
    );
  });

  test("objects live from alloc to free", () => {
    expectMain(
      "const n = alloc<node>(); G.next = n; free(n);",
      `
      0 %0:n = alloc node
      1 store node.next[&G], value %0:n, plain
      2 free node, obj %0:n
      3 ret`,
    );
  });
});

describe("control flow", () => {
  test("`&&` and `||` evaluate their right operand only when they must", () => {
    expectMain(
      "if (G.next !== NULL && G.flag || !G.value) G.value = 2;",
      `
      0 %0:t = load node.next[&G], plain
      1 %1:t = ne %0:t, 0
      2 br %1:t ? 3 : 5
      3 %2:t = load node.flag[&G], plain
      4 br %2:t ? 7 : 5
      5 %3:t = load node.value[&G], plain
      6 br %3:t ? 8 : 7
      7 store node.value[&G], value 2, plain
      8 ret`,
    );
  });

  test("a boolean `&&` is its right operand, as data", () => {
    expectMain(
      "G.flag = G.flag && H.flag;",
      `
      0 %1:t = load node.flag[&G], plain
      1 br %1:t ? 2 : 4
      2 %0:t = load node.flag[&H], plain
      3 jmp 5
      4 %0:t = 0
      5 store node.flag[&G], value %0:t, plain
      6 ret`,
    );
  });

  test("a CPU loop takes CPUs out of a mask until it is empty", () => {
    expectMain(
      "for (const cpu of for_each_online_cpu()) { if (cpu === smp_processor_id()) continue; per_cpu(SLOTS, cpu).hits = 1; }",
      `
       0 %0:cpu.rest = cpu.online-mask
       1 %2:t = mask.empty mask %0:cpu.rest
       2 br %2:t ? 11 : 3
       3 %1:cpu = mask.pick mask %0:cpu.rest
       4 %0:cpu.rest = mask.without mask %0:cpu.rest, cpu %1:cpu
       5 %3:t = cpuid
       6 %4:t = eq %1:cpu, %3:t
       7 br %4:t ? 1 : 8
       8 %5:t = percpu SLOTS, cpu %1:cpu
       9 store slot.hits[%5:t], value 1, plain
      10 jmp 1
      11 ret`,
    );
  });

  test("loops: while, do, for with break and continue", () => {
    expectMain(
      "let i = 0; while (i < 3) { i++; if (G.flag) break; } do { cpu_relax(); } while (READ_ONCE(G.flag));",
      `
      0 %0:i = 0
      1 %1:t = lt %0:i, 3
      2 br %1:t ? 3 : 6
      3 %0:i = add %0:i, 1
      4 %2:t = load node.flag[&G], plain
      5 br %2:t ? 6 : 1
      6 cpu.relax
      7 %3:t = load node.flag[&G], once
      8 br %3:t ? 6 : 9
      9 ret`,
    );
  });

  test("an endless loop stays one", () => {
    expectMain("for (;;) {}", "0 jmp 0");
  });

  test("code under a build option that is off is not there", () => {
    expectMain(
      'if (CONFIG("DEBUG_VM", false)) G.value = 1; else H.value = 2;',
      `
      0 store node.value[&H], value 2, plain
      1 ret`,
    );
  });
});

describe("inlining", () => {
  test("a parameter that is a constant folds what it decides", () => {
    expectMain(
      "f(true); f(false);",
      `
      0 store node.value[&G], value 1, plain
      1 store node.value[&H], value 2, plain
      2 ret`,
      "function f(first: boolean): void { if (first) G.value = 1; else H.value = 2; }",
    );
  });

  test("several returns meet behind the call, and constants go straight to where they lead", () => {
    expectMain(
      "if (small(G)) G.value = 1;",
      `
      0 %1:t = load node.flag[&G], plain
      1 br %1:t ? 8 : 2
      2 %2:t = load node.value[&G], plain
      3 %3:t = gt %2:t, 1
      4 br %3:t ? 9 : 5
      5 %4:t = load node.owner[&G], plain
      6 %0:t = eq %4:t, 0
      7 br %0:t ? 8 : 9
      8 store node.value[&G], value 1, plain
      9 ret`,
      HELPERS,
    );
  });

  test("a variable keeps its value when another name was bound to it before it changed", () => {
    expectMain(
      "let a = G.value; const b = same(a); a = a + 1; G.value = b; H.value = a;",
      `
      0 %0:a = load node.value[&G], plain
      1 %1:same.x = %0:a
      2 %0:a = add %0:a, 1
      3 store node.value[&G], value %1:same.x, plain
      4 store node.value[&H], value %0:a, plain
      5 ret`,
      "function same(x: int): int { return x; }",
    );
  });

  test("a function may be passed on and called", () => {
    expectMain(
      "apply(set, H);",
      `
      0 store node.value[&H], value 1, once
      1 ret`,
      `${HELPERS}function apply(fn: (n: node) => void, n: node): void { fn(n); }`,
    );
  });

  test("positions know the chain of calls", () => {
    const program = expectProgram(inMain("apply(H);", `${HELPERS}function apply(n: node): void { set(n); }`));
    const [store] = program.funcs[0]?.ops ?? [];
    const chain: string[] = [];
    for (let at = store?.at ?? -1; at >= 0; at = program.positions[at]?.caller ?? -1) {
      chain.push(`${program.positions[at]?.func}`);
    }
    expect(chain).toEqual(["set", "apply", "main"]);
  });
});

describe("processor", () => {
  test("a spinlock's owner is not preempted; `_irq` also stops interrupts", () => {
    expectMain(
      "spin_lock(G.lock); spin_unlock(G.lock); spin_lock_irq(H.lock); spin_unlock_irq(H.lock);",
      `
       0 preempt.off
       1 lock node.lock[&G]
       2 unlock node.lock[&G]
       3 preempt.on
       4 irq.off
       5 preempt.off
       6 lock node.lock[&H]
       7 unlock node.lock[&H]
       8 irq.on
       9 preempt.on
      10 ret`,
    );
  });

  test("a trylock that fails gives preemption back", () => {
    expectMain(
      "if (spin_trylock(G.lock)) spin_unlock(G.lock);",
      `
      0 preempt.off
      1 %0:t = trylock node.lock[&G]
      2 br %0:t ? 4 : 3
      3 preempt.on
      4 br %0:t ? 5 : 7
      5 unlock node.lock[&G]
      6 preempt.on
      7 ret`,
    );
  });

  test("interrupt state and barriers", () => {
    expectMain(
      "const flags = local_irq_save(); smp_mb(); smp_mb__after_spinlock(); barrier(); local_irq_restore(flags);",
      `
      0 %0:flags = irq.save
      1 fence mb
      2 fence after-spinlock
      3 fence compiler
      4 irq.restore %0:flags
      5 ret`,
    );
  });

  test("on_each_cpu_mask: others by interrupt, this CPU inline with interrupts off, then the wait", () => {
    expectMain(
      "on_each_cpu_mask(G.mask, set, H, true);",
      `
       0 %0:t = mask.load node.mask[&G]
       1 preempt.off
       2 %1:t = ipi.send set, mask %0:t, arg 2, wait
       3 %2:t = cpuid
       4 %3:t = mask.has mask %0:t, cpu %2:t
       5 br %3:t ? 6 : 9
       6 %4:t = irq.save
       7 store node.value[&H], value 1, once
       8 irq.restore %4:t
       9 ipi.wait
      10 preempt.on
      11 ret`,
      HELPERS,
    );
  });

  test("smp_call_function_single runs inline on its own CPU", () => {
    expectMain(
      "G.flag = smp_call_function_single(1, set, H, false);",
      `
       0 preempt.off
       1 %1:t = cpuid
       2 %2:t = eq 1, %1:t
       3 br %2:t ? 4 : 9
       4 %3:t = irq.save
       5 store node.value[&H], value 1, once
       6 irq.restore %3:t
       7 %0:t = 1
       8 jmp 13
       9 %4:t = mask.of cpu 1
      10 %5:t = ipi.send set, mask %4:t, arg 2
      11 %6:t = mask.empty mask %5:t
      12 %0:t = not %6:t
      13 preempt.on
      14 store node.flag[&G], value %0:t, plain
      15 ret`,
      HELPERS,
    );
  });

  test("a handler is a function of its own, made once, with one argument", () => {
    expectIr(
      inMain(
        "on_each_cpu_in(cpumask_of(0), tick, NULL, false); call_rcu(tick, NULL); call_rcu(drop, G);",
        "function tick(): void { cpu_relax(); } function drop(n: node): void { free(n); }",
      ),
      `
      func main()
      0 %0:t = mask.of cpu 0
      1 preempt.off
      2 %1:t = ipi.send tick, mask %0:t, arg 0
      3 %2:t = cpuid
      4 %3:t = mask.has mask %0:t, cpu %2:t
      5 br %3:t ? 6 : 9
      6 %4:t = irq.save
      7 cpu.relax
      8 irq.restore %4:t
      9 preempt.on
      10 rcu.call tick, arg 0
      11 rcu.call drop, arg 1
      12 ret
      func tick(%0:unused: int)
      0 cpu.relax
      1 ret
      func drop(%0:n: *node)
      0 free node, obj %0:n
      1 ret`,
    );
  });

  test("tasks and roots", () => {
    expectIr(
      inMain(
        `const t = task_create<node>(body, cpumask_possible(), TASK_PREEMPTIBLE | TASK_LATE); task_start_on(t, 0);
       cpu_start_root(0, G); load_cr3(NULL); if (read_cr3<node>() === G) user_access(G);`,
        "function body(): void { const me = get_current<node>(); finish_task(switch_to(me, pick_next_task<node>())); park(); }",
      ),
      `
      func main()
      0 %0:t = mask.possible
      1 %1:t = task.create body, affinity %0:t, flags 3
      2 task.start-on task %1:t, cpu 0
      3 cpu.start-root node, cpu 0, mm &G
      4 root.load node, mm 0
      5 %2:t = root.read
      6 %3:t = eq %2:t, 1
      7 br %3:t ? 8 : 9
      8 user.access node, mm &G
      9 ret
      func body()
      0 %0:me = current
      1 %1:t = task.pick
      2 %2:t = task.switch prev %0:me, next %1:t
      3 task.finish task %2:t
      4 task.park
      5 ret`,
    );
  });
});

test("an entry point has arguments and leaves its result", () => {
  expectIr(
    "export interface node extends struct { value: int }\nexport function main(n: node, d: int): int { return n.value + d; }",
    `
    func main(%0:n: *node, %1:d: int): int
    0 %2:t = load node.value[%0:n], plain
    1 %3:t = add %2:t, %1:d
    2 ret %3:t`,
  );
});

test("a property is named by an assertion, or by the struct whose freed object is used", () => {
  const program = expectProgram(
    `interface page extends struct<"tlb"> { stable: boolean }
     export function main(p: page): void { VIOLATION_ON("regs", p.stable); BUG_ON(p.stable); }`,
  );
  expect(printProgram(program, { positions: "none" })).toContain("struct page, freed: tlb\n");
  const bugs = program.funcs[0]?.ops.filter((op) => op.op === "bug");
  expect(bugs?.map((op) => op.property)).toEqual(["regs", undefined]);
});

test("constants of root files are exported by name", () => {
  const program = expectProgram(
    "export const A = 3;\nexport const B = A > 2;\nconst HIDDEN = 1;\nexport function main(): void { BUG_ON(HIDDEN === 2); }",
  );
  expect([...program.constants]).toEqual([
    ["A", 3],
    ["B", 1],
  ]);
});
