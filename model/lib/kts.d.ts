/**
 * Kernel TypeScript: the ambient API that specimens are written against.
 *
 * A specimen is an ordinary TypeScript file in a small subset; it type-checks with plain `tsc` against this file and
 * is lowered by `src/compile` to the IR, where each call below becomes one visible operation. Nothing here has a
 * body: the instruments own all semantics.
 *
 * The subset
 * - Top level: `import { … }`, `export interface X extends struct`, `export const G = DEFINE<X>()` /
 *   `DEFINE_PER_CPU<X>()`, `const NAME = <integer or boolean constant expression>` / `CONFIG(…)`, `export function`.
 * - Functions: parameters and results are annotated; calls are inlined, so there is no recursion.
 * - Statements: `const`/`let` of scalars and pointers, assignment, `if`, `while`, `for (const cpu of for_each_…)`,
 *   `for (;;)`, `break`, `continue`, `return`. Expressions: integers, booleans, `+ - & | ^ << >>`, comparisons with
 *   `===`/`!==`/`<`…, `! && ||`, `?:`, field access, calls.
 * - No closures (a function name may be passed as an IPI or RCU handler), no strings but in `CONFIG`, `VIOLATION_ON` and
 *   `struct<…>`, no arrays, no exceptions, no classes, no allocation other than `alloc`.
 *
 * Values are 32-bit integers, booleans, CPU numbers, CPU masks and pointers to structs. Every pointer may be NULL,
 * as in C: the type checker does not track it, the checker reports the dereference.
 *
 * Lvalues. A primitive that takes an "lvalue" is called with a field access (`mm.mm_count`): TypeScript sees a value,
 * the compiler takes the location. `x.f` elsewhere is a plain read, `x.f = v` a plain write.
 */

/** Safety properties that a specimen may name. What names none is `uaf` (an object) or `bug` (an assertion). */
type named_property = "tlb" | "regs" | "membarrier";

/**
 * Base of all declared objects. `struct<"tlb">`: an access to a freed object violates `tlb` rather than `uaf`, because
 * what reaches it is not the kernel but the hardware, by something stale.
 */
interface struct<_Freed extends named_property = never> {
  readonly __struct?: never;
}

/** A signed 32-bit integer. */
type int = number;
/** Same representation as `int`; kept apart in declarations for their width in the kernel. */
type u32 = number;
type u64 = number;
/** A CPU number. The symmetry reduction renames values of this type, so keep CPU numbers out of `int`. */
type cpu_t = number;
/** A set of CPUs as a value (a snapshot). Fields that hold a mask are `cpumask_t`. */
interface cpumask_value {
  readonly __cpumask_value: never;
}

/** An atomic counter field. Only the `atomic_*` family touches it. */
interface atomic_t {
  readonly __atomic: never;
}
/** A CPU mask field. Only the `cpumask_*` family and the IPI calls touch it. */
interface cpumask_t {
  readonly __cpumask: never;
}
/** A spinlock field. */
interface spinlock_t {
  readonly __spinlock: never;
}

/** Placement: the field starts a new cache line, later fields follow on it. */
type cacheline_aligned<T> = T;
/** Placement: the field has a cache line of its own (`mm_count` since 6.x). */
type own_cacheline<T> = T;

/** One `T` per CPU. */
interface percpu<T> {
  readonly __percpu: T;
}

/** The null pointer of every pointer type. */
declare const NULL: never;
/** CPUs of the scenario or machine. */
declare const nr_cpu_ids: int;

/** A build option, fixed at compile time. The name is the kernel's without CONFIG_; `fallback` holds when unset. */
declare function CONFIG(name: string, fallback: boolean): boolean;

// ---- objects -------------------------------------------------------------------------------------------------

/** A global object, zero-initialised. */
declare function DEFINE<T extends struct>(): T;
/** A per-CPU object, zero-initialised. */
declare function DEFINE_PER_CPU<T extends struct>(): percpu<T>;
/** This CPU's instance. The address is taken now: a task that migrates afterwards still holds the old CPU's. */
declare function this_cpu<T>(variable: percpu<T>): T;
/** CPU `cpu`'s instance. */
declare function per_cpu<T>(variable: percpu<T>, cpu: cpu_t): T;
/** A fresh object, all fields zero; never NULL. `T` must be given. */
declare function alloc<T extends struct>(): T;
/** Ends the life of an object. Freeing twice is a violation, as is any access afterwards. */
declare function free<T extends struct>(object: T): void;

// ---- memory accesses: lvalue first ---------------------------------------------------------------------------

declare function READ_ONCE<T>(lvalue: T): T;
declare function WRITE_ONCE<T>(lvalue: T, value: NoInfer<T>): void;
declare function smp_load_acquire<T>(lvalue: T): T;
declare function smp_store_release<T>(lvalue: T, value: NoInfer<T>): void;
declare function rcu_dereference<T>(lvalue: T): T;
declare function rcu_assign_pointer<T>(lvalue: T, value: NoInfer<T>): void;
/** Blocks until the location holds `value` (acquire), like `smp_cond_load_acquire(&x, VAL == value)`. */
declare function smp_cond_load_acquire<T>(lvalue: T, value: NoInfer<T>): void;
/** Blocks until the location holds anything but `value` (acquire). */
declare function smp_cond_load_acquire_not<T>(lvalue: T, value: NoInfer<T>): void;

/** Exchanges, returns the old value. Unsuffixed forms are full barriers, as in the kernel. */
declare function xchg<T>(lvalue: T, value: NoInfer<T>): T;
declare function xchg_relaxed<T>(lvalue: T, value: NoInfer<T>): T;
declare function xchg_acquire<T>(lvalue: T, value: NoInfer<T>): T;
declare function xchg_release<T>(lvalue: T, value: NoInfer<T>): T;
/** Compare and exchange, returns the old value. A failed one orders nothing. */
declare function cmpxchg<T>(lvalue: T, old: NoInfer<T>, value: NoInfer<T>): T;
declare function cmpxchg_relaxed<T>(lvalue: T, old: NoInfer<T>, value: NoInfer<T>): T;
declare function cmpxchg_acquire<T>(lvalue: T, old: NoInfer<T>, value: NoInfer<T>): T;
declare function cmpxchg_release<T>(lvalue: T, old: NoInfer<T>, value: NoInfer<T>): T;

declare function atomic_read(v: atomic_t): int;
declare function atomic_read_acquire(v: atomic_t): int;
declare function atomic_set(v: atomic_t, value: int): void;
declare function atomic_set_release(v: atomic_t, value: int): void;
/** No ordering, no result. */
declare function atomic_inc(v: atomic_t): void;
declare function atomic_dec(v: atomic_t): void;
declare function atomic_add(value: int, v: atomic_t): void;
declare function atomic_sub(value: int, v: atomic_t): void;
/** New value; full barrier unless suffixed. */
declare function atomic_inc_return(v: atomic_t): int;
declare function atomic_dec_return(v: atomic_t): int;
declare function atomic_add_return(value: int, v: atomic_t): int;
declare function atomic_sub_return(value: int, v: atomic_t): int;
declare function atomic_inc_return_relaxed(v: atomic_t): int;
declare function atomic_dec_return_relaxed(v: atomic_t): int;
declare function atomic_dec_return_release(v: atomic_t): int;
/** Full barrier; true when the new value is 0. */
declare function atomic_dec_and_test(v: atomic_t): boolean;
declare function atomic_sub_and_test(value: int, v: atomic_t): boolean;
/** Increments unless 0; true when it did. A full barrier then, no ordering otherwise. */
declare function atomic_inc_not_zero(v: atomic_t): boolean;
declare function atomic_cmpxchg(v: atomic_t, old: int, value: int): int;
declare function atomic_cmpxchg_relaxed(v: atomic_t, old: int, value: int): int;
declare function atomic_xchg(v: atomic_t, value: int): int;

// ---- CPU masks -----------------------------------------------------------------------------------------------

/** Atomic bit operations on a mask field; the `test_and_` forms are full barriers. */
declare function cpumask_set_cpu(cpu: cpu_t, mask: cpumask_t): void;
declare function cpumask_clear_cpu(cpu: cpu_t, mask: cpumask_t): void;
declare function cpumask_test_and_set_cpu(cpu: cpu_t, mask: cpumask_t): boolean;
declare function cpumask_test_and_clear_cpu(cpu: cpu_t, mask: cpumask_t): boolean;
declare function cpumask_test_cpu(cpu: cpu_t, mask: cpumask_t): boolean;
declare function cpumask_empty(mask: cpumask_t): boolean;
/** The whole mask in one read. */
declare function cpumask_read(mask: cpumask_t): cpumask_value;
/** A local mask with no CPU in it, and value operations on local masks. */
declare function cpumask_none(): cpumask_value;
declare function cpumask_of(cpu: cpu_t): cpumask_value;
declare function cpumask_with(mask: cpumask_value, cpu: cpu_t): cpumask_value;
declare function cpumask_without(mask: cpumask_value, cpu: cpu_t): cpumask_value;
declare function cpumask_has(mask: cpumask_value, cpu: cpu_t): boolean;
declare function cpumask_possible(): cpumask_value;
/** The mask of online CPUs now (one visible read). */
declare function cpumask_online(): cpumask_value;

/** `for (const cpu of …)`: over a local mask, or over all CPUs. Ascending, or any order (see LIMITS.md). */
declare function for_each_cpu(mask: cpumask_value): Iterable<cpu_t>;
declare function for_each_possible_cpu(): Iterable<cpu_t>;
declare function for_each_online_cpu(): Iterable<cpu_t>;

// ---- barriers ------------------------------------------------------------------------------------------------

declare function smp_mb(): void;
declare function smp_rmb(): void;
declare function smp_wmb(): void;
declare function smp_mb__before_atomic(): void;
declare function smp_mb__after_atomic(): void;
declare function smp_mb__after_spinlock(): void;
declare function smp_mb__after_unlock_lock(): void;
declare function barrier(): void;
/** One turn of a busy wait. */
declare function cpu_relax(): void;

// ---- locks, interrupts, preemption ---------------------------------------------------------------------------

declare function spin_lock(lock: spinlock_t): void;
declare function spin_unlock(lock: spinlock_t): void;
declare function spin_lock_irq(lock: spinlock_t): void;
declare function spin_unlock_irq(lock: spinlock_t): void;
declare function spin_trylock(lock: spinlock_t): boolean;

declare function local_irq_disable(): void;
declare function local_irq_enable(): void;
/** Disables and returns what to restore. */
declare function local_irq_save(): boolean;
declare function local_irq_restore(flags: boolean): void;
declare function irqs_disabled(): boolean;
declare function preempt_disable(): void;
declare function preempt_enable(): void;

// ---- inter-processor interrupts ------------------------------------------------------------------------------

/**
 * Runs `fn(arg)` on every online CPU of the mask, this one included (with interrupts off), and waits for all when
 * `wait`. The mask is read once. Waiting with interrupts off or from a handler is a violation (`hang`).
 */
declare function on_each_cpu_mask<T>(mask: cpumask_t, fn: (arg: T) => void, arg: T, wait: boolean): void;
/** The same over a local mask. */
declare function on_each_cpu_in<T>(mask: cpumask_value, fn: (arg: T) => void, arg: T, wait: boolean): void;
/** The same over all online CPUs. */
declare function on_each_cpu<T>(fn: (arg: T) => void, arg: T, wait: boolean): void;
/** Every online CPU of the mask but this one. */
declare function smp_call_function_many<T>(
  mask: cpumask_t,
  fn: (arg: T) => void,
  arg: T,
  wait: boolean,
): void;
/** One CPU; true when it was online and got the call. On this CPU the function runs inline, interrupts off. */
declare function smp_call_function_single<T>(
  cpu: cpu_t,
  fn: (arg: T) => void,
  arg: T,
  wait: boolean,
): boolean;

/**
 * A non-maskable interrupt: `cpu`, this one or another, runs `fn(arg)` soon, whether or not it has interrupts off, on top
 * of a handler if need be. Returns at once, but waits while another one is on its way or running there. An offline CPU
 * gets none. `fn` may neither lock what it can interrupt the holder of, nor send interrupts and wait.
 */
declare function send_nmi<T>(cpu: cpu_t, fn: (arg: T) => void, arg: T): void;

// ---- RCU -----------------------------------------------------------------------------------------------------

declare function rcu_read_lock(): void;
declare function rcu_read_unlock(): void;
declare function synchronize_rcu(): void;
declare function call_rcu<T>(fn: (arg: T) => void, arg: T): void;

// ---- the processor -------------------------------------------------------------------------------------------

declare function smp_processor_id(): cpu_t;
/** The task this CPU runs; in an interrupt handler the interrupted task. */
declare function get_current<T extends struct>(): T;
/** Loads the page-table root of `mm` on this CPU. From now on this CPU may walk mm's tables speculatively. */
declare function load_cr3<T extends struct>(mm: T): void;
/** The mm whose root this CPU has loaded. */
declare function read_cr3<T extends struct>(): T;
/** Flushes this CPU's translations of `mm`. */
declare function local_flush_tlb<T extends struct>(mm: T): void;
/** User code touches memory through the loaded root: the root must be `mm` and alive. */
declare function user_access<T extends struct>(mm: T): void;

// ---- tasks (the world's half of the scheduler) ---------------------------------------------------------------

/**
 * May be preempted wherever interrupts are on and preemption is enabled and another task waits for its CPU
 * (`preempt_schedule_irq` runs on top).
 */
declare const TASK_PREEMPTIBLE: int;
/** Comes when every ordinary task has ended: it makes a CPU "move on". Where memory is weak it may come earlier as well. */
declare const TASK_LATE: int;
/** The idle task of the one CPU in its mask. */
declare const TASK_IDLE: int;
/** Not runnable until `wake_up_process`. */
declare const TASK_NEW: int;

/** A task that runs `main` on the CPUs of `affinity`; `flags` or'ed. Only in `setup`. `T` must be given. */
declare function task_create<T extends struct>(main: () => void, affinity: cpumask_value, flags: int): T;
/** In `setup`: `task` is what `cpu` runs in the initial state. */
declare function task_start_on<T extends struct>(task: T, cpu: cpu_t): void;
/** In `setup`: the root that `cpu` has loaded in the initial state. */
declare function cpu_start_root<T extends struct>(cpu: cpu_t, mm: T): void;
/**
 * A task to run next on this CPU, chosen in every possible way: runnable, allowed here, on no CPU; or the idle task.
 * Never the current one, but that the idle task is offered itself when there is nobody else.
 */
declare function pick_next_task<T extends struct>(): T;
/**
 * For the idle loop, interrupts on: waits until `pick_next_task` has a task other than idle to offer. The CPU takes
 * interrupts meanwhile. Another CPU may snatch that task first: `pick_next_task` then returns idle itself.
 */
declare function idle_wait(): void;
/**
 * For the first instructions of a task's main, which begins with interrupts off: the task that ran before it on this
 * CPU; NULL on a CPU that starts with it.
 */
declare function fork_prev<T extends struct>(): T;
/** Switches stacks: returns later, when this task is picked again, with the task that ran before it on that CPU. */
declare function switch_to<T extends struct>(prev: T, next: T): T;
/** `prev` is off this CPU for good: another CPU may pick it (`on_cpu = 0`). */
declare function finish_task<T extends struct>(prev: T): void;
/** The current task sleeps from its next switch on, until woken; a switch by preemption does not count. */
declare function set_current_blocked(): void;
declare function wake_up_process<T extends struct>(task: T): void;
/** The current task ends: its next switch is its last. */
declare function set_current_dead(): void;
/** Waits for ever; counts as having ended. */
declare function park(): void;
/** Blocks until every ordinary task but the caller has ended or is dead. */
declare function wait_all_others(): void;

/** A number from 0 to n−1, chosen in every possible way. */
declare function choose(n: int): int;

/** CPU hotplug: an inactive or offline CPU is given no tasks but those bound to it alone. */
declare function set_cpu_active(cpu: cpu_t, active: boolean): void;
/** CPU hotplug: what IPIs and `cpumask_online` see. */
declare function set_cpu_online(cpu: cpu_t, online: boolean): void;
declare function cpu_online(cpu: cpu_t): boolean;
/** The CPU stops for good: no root, no interrupts, no tasks. */
declare function cpu_play_dead(): void;
/** Blocks until `cpu` has played dead. */
declare function cpu_wait_dead(cpu: cpu_t): void;

// ---- self-checks of the modelled kernel ----------------------------------------------------------------------

/** A violation (`bug`) when the condition holds. */
declare function BUG_ON(condition: boolean): void;
/** The same: the model does not go on after a warning. */
declare function WARN_ON(condition: boolean): void;
/** A violation of `property` when the condition holds: the model has seen what that property forbids. */
declare function VIOLATION_ON(property: named_property, condition: boolean): void;
