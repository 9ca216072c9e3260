/**
 * The ambient API as the checker sees it: one signature per primitive of `kts.d.ts`.
 *
 * A signature lists what each argument is and what comes back, in a vocabulary that says more than TypeScript types
 * can: whether an argument is a location, and which struct a call is about. A test compares the names and the numbers
 * of parameters with `kts.d.ts`. What a primitive *does* is lowering's half (`lower/`), by the same names.
 */

/** What an argument must be. */
export type Param =
  | "int"
  | "bool"
  | "cpu"
  | "mask"
  /** The name of a property, in quotes. */
  | "property"
  /** Anything that can be tested for non-zero. */
  | "truth"
  /** A field of a scalar type; its type is the call's T. */
  | "lvalue"
  /** A value of type T. */
  | "value"
  /** Fields of the cell types. */
  | "atomic"
  | "cpumask"
  | "lock"
  /** A pointer to any object; its struct is the call's struct. */
  | "object"
  /** A pointer to a task, to a page-table root. */
  | "task"
  | "mm"
  /** A per-CPU variable's name. */
  | "percpu"
  /** A function of one argument, and the value passed to it. */
  | "handler"
  | "handler-argument"
  /** A function without arguments. */
  | "main";

/** What comes back. `value` is the type of the location; `struct` a pointer to the call's struct. */
export type Returned = "void" | "int" | "bool" | "cpu" | "mask" | "value" | "struct" | "task" | "mm";

export interface Signature {
  readonly params: readonly Param[];
  readonly result: Returned;
}

const sig = (params: readonly Param[], result: Returned = "void"): Signature => ({ params, result });

const onMask = sig(["mask", "handler", "handler-argument", "bool"]);
const onField = sig(["cpumask", "handler", "handler-argument", "bool"]);
const exchange = sig(["lvalue", "value"], "value");
const compareExchange = sig(["lvalue", "value", "value"], "value");

export const primitives: Readonly<Record<string, Signature>> = {
  this_cpu: sig(["percpu"], "struct"),
  per_cpu: sig(["percpu", "cpu"], "struct"),
  alloc: sig([], "struct"),
  free: sig(["object"]),

  READ_ONCE: sig(["lvalue"], "value"),
  WRITE_ONCE: sig(["lvalue", "value"]),
  smp_load_acquire: sig(["lvalue"], "value"),
  smp_store_release: sig(["lvalue", "value"]),
  rcu_dereference: sig(["lvalue"], "value"),
  rcu_assign_pointer: sig(["lvalue", "value"]),
  smp_cond_load_acquire: sig(["lvalue", "value"]),
  smp_cond_load_acquire_not: sig(["lvalue", "value"]),
  xchg: exchange,
  xchg_relaxed: exchange,
  xchg_acquire: exchange,
  xchg_release: exchange,
  cmpxchg: compareExchange,
  cmpxchg_relaxed: compareExchange,
  cmpxchg_acquire: compareExchange,
  cmpxchg_release: compareExchange,

  atomic_read: sig(["atomic"], "int"),
  atomic_read_acquire: sig(["atomic"], "int"),
  atomic_set: sig(["atomic", "int"]),
  atomic_set_release: sig(["atomic", "int"]),
  atomic_inc: sig(["atomic"]),
  atomic_dec: sig(["atomic"]),
  atomic_add: sig(["int", "atomic"]),
  atomic_sub: sig(["int", "atomic"]),
  atomic_inc_return: sig(["atomic"], "int"),
  atomic_dec_return: sig(["atomic"], "int"),
  atomic_add_return: sig(["int", "atomic"], "int"),
  atomic_sub_return: sig(["int", "atomic"], "int"),
  atomic_inc_return_relaxed: sig(["atomic"], "int"),
  atomic_dec_return_relaxed: sig(["atomic"], "int"),
  atomic_dec_return_release: sig(["atomic"], "int"),
  atomic_dec_and_test: sig(["atomic"], "bool"),
  atomic_sub_and_test: sig(["int", "atomic"], "bool"),
  atomic_inc_not_zero: sig(["atomic"], "bool"),
  atomic_cmpxchg: sig(["atomic", "int", "int"], "int"),
  atomic_cmpxchg_relaxed: sig(["atomic", "int", "int"], "int"),
  atomic_xchg: sig(["atomic", "int"], "int"),

  cpumask_set_cpu: sig(["cpu", "cpumask"]),
  cpumask_clear_cpu: sig(["cpu", "cpumask"]),
  cpumask_test_and_set_cpu: sig(["cpu", "cpumask"], "bool"),
  cpumask_test_and_clear_cpu: sig(["cpu", "cpumask"], "bool"),
  cpumask_test_cpu: sig(["cpu", "cpumask"], "bool"),
  cpumask_empty: sig(["cpumask"], "bool"),
  cpumask_read: sig(["cpumask"], "mask"),
  cpumask_none: sig([], "mask"),
  cpumask_of: sig(["cpu"], "mask"),
  cpumask_with: sig(["mask", "cpu"], "mask"),
  cpumask_without: sig(["mask", "cpu"], "mask"),
  cpumask_has: sig(["mask", "cpu"], "bool"),
  cpumask_possible: sig([], "mask"),
  cpumask_online: sig([], "mask"),

  smp_mb: sig([]),
  smp_rmb: sig([]),
  smp_wmb: sig([]),
  smp_mb__before_atomic: sig([]),
  smp_mb__after_atomic: sig([]),
  smp_mb__after_spinlock: sig([]),
  smp_mb__after_unlock_lock: sig([]),
  barrier: sig([]),
  cpu_relax: sig([]),

  spin_lock: sig(["lock"]),
  spin_unlock: sig(["lock"]),
  spin_lock_irq: sig(["lock"]),
  spin_unlock_irq: sig(["lock"]),
  spin_trylock: sig(["lock"], "bool"),
  local_irq_disable: sig([]),
  local_irq_enable: sig([]),
  local_irq_save: sig([], "bool"),
  local_irq_restore: sig(["bool"]),
  irqs_disabled: sig([], "bool"),
  preempt_disable: sig([]),
  preempt_enable: sig([]),

  on_each_cpu_mask: onField,
  on_each_cpu_in: onMask,
  on_each_cpu: sig(["handler", "handler-argument", "bool"]),
  smp_call_function_many: onField,
  smp_call_function_single: sig(["cpu", "handler", "handler-argument", "bool"], "bool"),

  rcu_read_lock: sig([]),
  rcu_read_unlock: sig([]),
  synchronize_rcu: sig([]),
  send_nmi: sig(["cpu", "handler", "handler-argument"]),
  call_rcu: sig(["handler", "handler-argument"]),

  smp_processor_id: sig([], "cpu"),
  get_current: sig([], "task"),
  load_cr3: sig(["mm"]),
  read_cr3: sig([], "mm"),
  local_flush_tlb: sig(["mm"]),
  user_access: sig(["mm"]),

  task_create: sig(["main", "mask", "int"], "task"),
  task_start_on: sig(["task", "cpu"]),
  cpu_start_root: sig(["cpu", "mm"]),
  pick_next_task: sig([], "task"),
  idle_wait: sig([]),
  fork_prev: sig([], "task"),
  switch_to: sig(["task", "task"], "task"),
  finish_task: sig(["task"]),
  set_current_blocked: sig([]),
  wake_up_process: sig(["task"]),
  set_current_dead: sig([]),
  park: sig([]),
  wait_all_others: sig([]),
  choose: sig(["int"], "int"),

  set_cpu_active: sig(["cpu", "bool"]),
  set_cpu_online: sig(["cpu", "bool"]),
  cpu_online: sig(["cpu"], "bool"),
  cpu_play_dead: sig([]),
  cpu_wait_dead: sig(["cpu"]),

  BUG_ON: sig(["truth"]),
  WARN_ON: sig(["truth"]),
  VIOLATION_ON: sig(["property", "truth"]),
};

/** A primitive's signature. Own properties only: `constructor` is no primitive. */
export function primitive(name: string): Signature | undefined {
  return Object.hasOwn(primitives, name) ? primitives[name] : undefined;
}
