/**
 * The intermediate representation that every instrument executes.
 *
 * A `Program` is one scenario (or one set of kernel entry points) linked with the kernel model and one scheme.
 * Every call is inlined, so a function body is one flat array of ops; a branch target is an index into it.
 * Registers are local to one activation of one body and typed; memory is objects with fields, nothing else.
 *
 * Each op is either *visible*, one step that other CPUs, interrupt handlers or a memory model can tell from its
 * neighbours, or *local*. `src/ir/effects.ts` says which, and what a visible op touches; nobody else decides.
 * Data, address and control dependencies are the register operands themselves: lowering never invents or drops one.
 *
 * Ops are plain frozen data with numeric operands so that they can be printed, compared and turned into code.
 */

// ---- types ---------------------------------------------------------------------------------------------------

/** What a register or a field holds. All are 32-bit integers at run time except where the instrument widens masks. */
export type ValueType =
  /** A signed integer. */
  | { readonly kind: "int" }
  /** 0 or 1. */
  | { readonly kind: "bool" }
  /** A CPU number; renamed by the symmetry reduction. */
  | { readonly kind: "cpu" }
  /** A set of CPUs; renamed likewise. */
  | { readonly kind: "mask" }
  /** A pointer to an object of one struct: 0 is NULL, n is the n-th object of that struct (from 1). */
  | { readonly kind: "ptr"; readonly struct: StructId }
  /** An `atomic_t`: an integer that may not go below zero (`underflow`). Fields only. */
  | { readonly kind: "atomic" }
  /** A spinlock: 0 free, else the holder's CPU + 1. Fields only. */
  | { readonly kind: "lock" }
  /** What a litmus test's C calls by any name: an integer or an address (`Program.addressBase`). Litmus only. */
  | { readonly kind: "word" };

export type StructId = number;
export type FieldId = number;
export type GlobalId = number;
export type FuncId = number;
/** Index of an op in its body. */
export type Pc = number;
/** Index of a register in its body. */
export type Reg = number;

/**
 * Safety properties that a specimen may name: that an assertion is about, or the use of a freed object. What names none
 * is `bug` and `uaf`.
 */
export const NAMED_PROPERTIES = ["tlb", "regs", "membarrier"] as const;
export type NamedProperty = (typeof NAMED_PROPERTIES)[number];

/** A declared struct. */
export interface StructType {
  readonly name: string;
  /** What an access to a freed object of it violates, where that is not `uaf`. */
  readonly property?: NamedProperty;
  readonly fields: readonly FieldType[];
}

/** A declared field. */
export interface FieldType {
  readonly name: string;
  readonly type: ValueType;
  /** Width in the kernel, bytes: for line placement only. A mask counts as one word. */
  readonly bytes: number;
  /** Which cache line of the object the field is on, from 0; fields on one line falsely share. */
  readonly line: number;
}

/** A global (`DEFINE`): one object; a per-CPU one (`DEFINE_PER_CPU`): object c+1 of its struct is CPU c's. */
export interface Global {
  readonly name: string;
  readonly struct: StructId;
  readonly percpu: boolean;
  /**
   * Position of the first object among the objects of its struct, from 1. Per-CPU structs and their globals are one
   * to one, so a per-CPU global starts at 1; several plain globals of one struct are numbered in order.
   */
  readonly first: number;
}

// ---- operands ------------------------------------------------------------------------------------------------

/** A value: a register or a constant. A constant pointer is the number of a global object or 0. */
export type Operand = { readonly reg: Reg } | { readonly imm: number };

export type BinaryOp =
  | "add"
  | "sub"
  | "and"
  | "or"
  | "xor"
  /** a & ~b. */
  | "andnot"
  | "mul"
  /** Truncates; a division by zero gives 0. */
  | "div"
  | "shl"
  | "shr"
  | "eq"
  | "ne"
  | "lt"
  | "le"
  | "gt"
  | "ge";

/** Ordering of an access, the kernel's words. `full` is an unsuffixed value-returning RMW. */
export type Order = "plain" | "once" | "relaxed" | "acquire" | "release" | "full";

export type FenceKind =
  | "mb"
  | "rmb"
  | "wmb"
  | "before-atomic"
  | "after-atomic"
  | "after-spinlock"
  | "after-unlock-lock"
  | "compiler"
  /** Known to the memory model alone, by its tag. */
  | "tagged";

/**
 * What an access or a fence is to a memory model, where that does not follow from its order: a tag of the model's bell
 * file without its quote, as a litmus `.def` gives it ("once", "acquire", "noreturn", "mb"). Kernel TypeScript has none.
 */
export interface Tagged {
  readonly tag?: string;
}

/** A read-modify-write whose halves are tagged apart, as in models before Linux 6.15. */
export interface TaggedUpdate extends Tagged {
  /** The tag of the write where it differs from that of the read. */
  readonly writeTag?: string;
  /** Fences of this tag stand directly before the read and after the write of an update that succeeds. */
  readonly fenced?: string;
}

/** A location: field `field` of the object that `obj` points at, whose struct is `struct`. */
export interface Place {
  readonly obj: Operand;
  readonly struct: StructId;
  readonly field: FieldId;
}

// ---- ops -----------------------------------------------------------------------------------------------------

/** Every op carries the place in the source it came from. */
export interface At {
  /** Index into `Program.positions`. */
  readonly at: number;
}

/** Steps on registers only. */
export type LocalOp =
  | (At & { readonly op: "mov"; readonly dst: Reg; readonly a: Operand })
  | (At & {
      readonly op: "bin";
      readonly fn: BinaryOp;
      readonly dst: Reg;
      readonly a: Operand;
      readonly b: Operand;
    })
  | (At & { readonly op: "not"; readonly dst: Reg; readonly a: Operand })
  /** dst := the CPU this runs on. A task that migrates later still holds the old number. */
  | (At & { readonly op: "cpuid"; readonly dst: Reg })
  /** dst := the task that runs here (the interrupted one in a handler). */
  | (At & { readonly op: "current"; readonly dst: Reg })
  /** dst := the instance of a per-CPU global for CPU `cpu`. */
  | (At & { readonly op: "percpu"; readonly dst: Reg; readonly global: GlobalId; readonly cpu: Operand })
  /** dst := interrupts are off here. */
  | (At & { readonly op: "irqs-off?"; readonly dst: Reg })
  /** dst := nr_cpu_ids. */
  | (At & { readonly op: "ncpus"; readonly dst: Reg })
  /** Operations on local masks. `test` gives a bool, `empty` too; `possible` and `none` take no operand. */
  | (At & { readonly op: "mask.none"; readonly dst: Reg })
  | (At & { readonly op: "mask.possible"; readonly dst: Reg })
  | (At & { readonly op: "mask.of"; readonly dst: Reg; readonly cpu: Operand })
  | (At & { readonly op: "mask.with"; readonly dst: Reg; readonly mask: Operand; readonly cpu: Operand })
  | (At & { readonly op: "mask.without"; readonly dst: Reg; readonly mask: Operand; readonly cpu: Operand })
  | (At & { readonly op: "mask.has"; readonly dst: Reg; readonly mask: Operand; readonly cpu: Operand })
  | (At & { readonly op: "mask.empty"; readonly dst: Reg; readonly mask: Operand })
  /**
   * dst := some CPU of a local mask, −1 if it is empty. The CPU loops are built from it. An instrument may take the
   * lowest; the checker takes any under symmetry (the order of a scan is an accident of CPU numbering).
   */
  | (At & { readonly op: "mask.pick"; readonly dst: Reg; readonly mask: Operand })
  | (At & { readonly op: "jmp"; readonly to: Pc })
  /** Goes to `then` when `a` is non-zero, else to `otherwise`. */
  | (At & { readonly op: "br"; readonly a: Operand; readonly then: Pc; readonly otherwise: Pc })
  /** The body ends. An entry point with a result leaves it in `value`. */
  | (At & { readonly op: "ret"; readonly value?: Operand })
  /** A violation when `a` is non-zero: of `property`, or of `bug`. */
  | (At & {
      readonly op: "bug";
      readonly a: Operand;
      readonly warn: boolean;
      readonly property?: NamedProperty;
    });

/** Accesses to memory. */
export type MemoryOp =
  | (At & Tagged & { readonly op: "load"; readonly dst: Reg; readonly place: Place; readonly order: Order })
  | (At &
      Tagged & {
        readonly op: "store";
        readonly place: Place;
        readonly value: Operand;
        readonly order: Order;
      })
  /** Fetch-and-op. `result`: which value dst takes; "none" has no dst. `xchg` stores `value`. */
  | (At &
      TaggedUpdate & {
        readonly op: "rmw";
        readonly fn: "add" | "sub" | "and" | "or" | "xor" | "andnot" | "xchg";
        readonly place: Place;
        readonly value: Operand;
        readonly order: Order;
        readonly result: "none" | "old" | "new";
        readonly dst?: Reg;
      })
  /** dst := the old value; stores `value` when it equalled `old`. */
  | (At &
      TaggedUpdate & {
        readonly op: "cmpxchg";
        readonly dst: Reg;
        readonly place: Place;
        readonly old: Operand;
        readonly value: Operand;
        readonly order: Order;
      })
  /** Adds `value` unless the location holds `unless`; dst := whether it did (`atomic_inc_not_zero`). */
  | (At &
      TaggedUpdate & {
        readonly op: "add-unless";
        readonly dst: Reg;
        readonly place: Place;
        readonly value: Operand;
        readonly unless: Operand;
        readonly order: Order;
      })
  /**
   * Sets or clears one bit of a mask field; dst := the bit's old value. Absent an order it is "full" with a dst, else
   * "relaxed".
   */
  | (At & {
      readonly op: "mask.set" | "mask.clear";
      readonly place: Place;
      readonly cpu: Operand;
      readonly dst?: Reg;
      readonly order?: Order;
    })
  /** dst := one bit of a mask field. */
  | (At & { readonly op: "mask.test"; readonly dst: Reg; readonly place: Place; readonly cpu: Operand })
  /** dst := a whole mask field in one read. */
  | (At & { readonly op: "mask.load"; readonly dst: Reg; readonly place: Place })
  /** Blocks until the location compares so with `value`. Reads with acquire where no order is given. */
  | (At & {
      readonly op: "await";
      readonly place: Place;
      readonly cmp: "eq" | "ne";
      readonly value: Operand;
      readonly order?: Order;
    })
  | (At & Tagged & { readonly op: "fence"; readonly kind: FenceKind })
  | (At & { readonly op: "lock"; readonly place: Place })
  | (At & { readonly op: "unlock"; readonly place: Place })
  | (At & { readonly op: "trylock"; readonly place: Place; readonly dst: Reg })
  /** dst := someone holds the lock. Litmus only, as are the SRCU ops. */
  | (At & { readonly op: "lock.test"; readonly place: Place; readonly dst: Reg })
  | (At & { readonly op: "alloc"; readonly dst: Reg; readonly struct: StructId })
  | (At & { readonly op: "free"; readonly obj: Operand; readonly struct: StructId })
  | (At & { readonly op: "rcu.lock" | "rcu.unlock" | "rcu.sync" })
  | (At & { readonly op: "rcu.call"; readonly handler: FuncId; readonly arg: Operand })
  /** A read of the `srcu_struct` at `place`, whose value (dst) the unlock of the same section writes back. */
  | (At & { readonly op: "srcu.lock"; readonly dst: Reg; readonly place: Place; readonly tag: string })
  | (At & {
      readonly op: "srcu.unlock";
      readonly place: Place;
      readonly value: Operand;
      readonly tag: string;
    })
  /**
   * An event at the `srcu_struct` that neither reads nor writes: a grace period, and in models before Linux 6.4 the
   * start and end of a section, too, which carry the section's cookie.
   */
  | (At & {
      readonly op: "srcu.sync";
      readonly place: Place;
      readonly tag: string;
      readonly value?: Operand;
    });

/** The processor and its interrupts. */
export type CpuOp =
  | (At & { readonly op: "irq.off" | "irq.on" })
  /** dst := interrupts were off; then off. */
  | (At & { readonly op: "irq.save"; readonly dst: Reg })
  /** Interrupts off when `a` is non-zero, else on. */
  | (At & { readonly op: "irq.restore"; readonly a: Operand })
  | (At & { readonly op: "preempt.off" | "preempt.on" })
  /**
   * Sends `handler(arg)` to every online CPU of `mask` but this one. Whether it also runs here is lowered around it
   * (`mask.has`, `irq.save`, the inlined handler, `irq.restore`); the wait is an op of its own.
   */
  | (At & {
      readonly op: "ipi.send";
      readonly mask: Operand;
      readonly handler: FuncId;
      readonly arg: Operand;
      readonly wait: boolean;
      /** dst := the CPUs that were online and got it. */
      readonly dst: Reg;
    })
  /**
   * Interrupts `cpu`, this one or another, with `handler(arg)`, interrupts off or not. Blocks while another such
   * interrupt waits or runs there. Nothing happens if the CPU is offline.
   */
  | (At & { readonly op: "nmi.send"; readonly cpu: Operand; readonly handler: FuncId; readonly arg: Operand })
  /** Blocks until every handler this CPU sent has run. Interrupts off or a handler here: violation `hang`. */
  | (At & { readonly op: "ipi.wait" })
  | (At & { readonly op: "root.load"; readonly mm: Operand; readonly struct: StructId })
  | (At & { readonly op: "root.read"; readonly dst: Reg })
  | (At & { readonly op: "tlb.flush-local"; readonly mm: Operand; readonly struct: StructId })
  /** User code touches memory: the loaded root must be `mm`, alive. */
  | (At & { readonly op: "user.access"; readonly mm: Operand; readonly struct: StructId })
  | (At & { readonly op: "cpu.set-active"; readonly cpu: Operand; readonly active: Operand })
  | (At & { readonly op: "cpu.set-online"; readonly cpu: Operand; readonly online: Operand })
  | (At & { readonly op: "cpu.online?"; readonly dst: Reg; readonly cpu: Operand })
  | (At & { readonly op: "cpu.online-mask"; readonly dst: Reg })
  | (At & { readonly op: "cpu.die" })
  | (At & { readonly op: "cpu.wait-dead"; readonly cpu: Operand })
  | (At & { readonly op: "cpu.relax" });

/** The world's half of the scheduler. */
export type TaskOp =
  | (At & {
      readonly op: "task.create";
      readonly dst: Reg;
      readonly main: FuncId;
      readonly affinity: Operand;
      readonly flags: Operand;
    })
  | (At & { readonly op: "task.start-on"; readonly task: Operand; readonly cpu: Operand })
  | (At & {
      readonly op: "cpu.start-root";
      readonly cpu: Operand;
      readonly mm: Operand;
      readonly struct: StructId;
    })
  /** dst := a task to run next here, every one in turn; the idle task gets itself when there is no other. */
  | (At & { readonly op: "task.pick"; readonly dst: Reg })
  /** Switches stacks; on return dst := the task that ran before on this CPU. */
  | (At & { readonly op: "task.switch"; readonly dst: Reg; readonly prev: Operand; readonly next: Operand })
  /** dst := the task that ran before a fresh task on this CPU. */
  | (At & { readonly op: "task.fork-prev"; readonly dst: Reg })
  | (At & { readonly op: "task.finish"; readonly task: Operand })
  | (At & { readonly op: "task.block" | "task.die" | "task.park" | "task.wait-others" | "task.idle-wait" })
  | (At & { readonly op: "task.wake"; readonly task: Operand })
  /** dst := 0 … n−1, every one in turn. */
  | (At & { readonly op: "choose"; readonly dst: Reg; readonly n: Operand });

export type Op = LocalOp | MemoryOp | CpuOp | TaskOp;

// ---- programs ------------------------------------------------------------------------------------------------

/** A register: its name in the source (with the function it was inlined from) and its type. */
export interface RegInfo {
  readonly name: string;
  readonly type: ValueType;
}

/** A body that something starts: a task's main, an IPI handler, `setup`, an entry point of the replay. */
export interface Func {
  readonly name: string;
  /** Registers 0 … params−1 are the arguments. */
  readonly params: number;
  readonly regs: readonly RegInfo[];
  readonly ops: readonly Op[];
  /** Type of the result, undefined for void. */
  readonly result: ValueType | undefined;
}

/** A place in a specimen. */
export interface Position {
  /** Name of the specimen as given to the compiler ("kernel/sched.ts"). */
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** The function whose text this is ("finish_task_switch"). */
  readonly func: string;
  /** The call it was inlined at (an index into `Program.positions`), −1 in a function that is not inlined. */
  readonly caller: number;
}

/** A linked program. */
export interface Program {
  readonly structs: readonly StructType[];
  readonly globals: readonly Global[];
  readonly funcs: readonly Func[];
  /** Entry points by exported name ("setup", "preempt_schedule_irq", the replay's). */
  readonly entries: ReadonlyMap<string, FuncId>;
  readonly positions: readonly Position[];
  /** Integer and boolean constants that root files export (`NR_CPUS`), by name. */
  readonly constants: ReadonlyMap<string, number>;
  /** The struct of tasks (`task_create<T>`, `get_current<T>`) and of page-table roots (`load_cr3`), where used. */
  readonly taskStruct: StructId | undefined;
  readonly mmStruct: StructId | undefined;
  /**
   * Litmus programs: object n of their one struct, `cell`, has the address `addressBase` + n, far from the integers
   * that tests use, so that addresses can be stored, compared and computed with like any `word`.
   */
  readonly addressBase?: number;
}

/** Task flags, the values behind `TASK_…` of the ambient API. */
export const TASK_PREEMPTIBLE = 1 << 0;
export const TASK_LATE = 1 << 1;
export const TASK_IDLE = 1 << 2;
export const TASK_NEW = 1 << 3;
