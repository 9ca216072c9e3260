/**
 * What kernel primitives compile to, for models of processors: the sets that herd7's `x86tso.cat`, `aarch64.cat` and
 * `ppc.cat` mention, defined from the kernel's tags. Evaluated before every model without a bell file.
 *
 * Locks become what they are made of: an atomic read-modify-write that acquires, and a store that releases. Where an
 * architecture has two implementations (LL/SC and LSE on arm64), the weaker one is taken. Sources: `barrier.h`,
 * `atomic.h` and `spinlock.h` of arch/{x86,arm64,powerpc}/include/asm, Linux 6.12; herd7's names of fence events.
 *
 * That a full-barrier atomic orders its own store before all that follows (the DMB ISH after LL/SC, a rule of its own
 * for LSE) is said by counting the store among the acquires, which have that effect and no other on a store.
 */

export const HARDWARE = `
enum Accesses = 'once || 'release || 'acquire || 'noreturn || 'mb
enum Barriers = 'wmb || 'rmb || 'mb || 'barrier || 'rcu-lock || 'rcu-unlock || 'sync-rcu ||
  'before-atomic || 'after-atomic || 'after-spinlock || 'after-unlock-lock || 'after-srcu-read-unlock
enum SRCU = 'srcu-lock || 'srcu-unlock || 'sync-srcu

let R = R | LKR | LF | RL | RU
let W = W | LKW | UL
let M = R | W
let rmw = rmw | lk-rmw
let X = RMW | LKR | LKW
let Atomic = domain(rmw) | range(rmw)
let si = id
let amo = rmw
let Grace = Sync-rcu | Sync-srcu

(* x86: only smp_mb() is an instruction; what is locked orders by itself. *)
let MFENCE = (F & Mb) | Grace
let SFENCE = emptyset
let LFENCE = emptyset

(* arm64 *)
let Full = (F & (Mb | Before-atomic | After-atomic | After-spinlock)) | Grace
let DMB.ISH = Full | (W & Mb & Atomic)
let DMB.ISHLD = Rmb
let DMB.ISHST = Wmb
let DMB.SY = emptyset
let DMB.LD = emptyset
let DMB.ST = emptyset
let DMB.OSH = emptyset
let DMB.OSHLD = emptyset
let DMB.OSHST = emptyset
let DSB.ISH = emptyset
let DSB.ISHLD = emptyset
let DSB.ISHST = emptyset
let DSB.SY = emptyset
let DSB.LD = emptyset
let DSB.ST = emptyset
let DSB.OSH = emptyset
let DSB.OSHLD = emptyset
let DSB.OSHST = emptyset
let ISB = emptyset
let A = (R & Acquire & (~RMW | Atomic)) | (Mb & Atomic) | LKR
let Q = emptyset
let L = (W & Release) | (W & Mb & Atomic) | UL
let NoRet = Noreturn

(* powerpc *)
let SYNC = Full | (F & After-unlock-lock)
let LWSYNC = Rmb | Wmb
let EIEIO = emptyset
let ISYNC = emptyset
`;
