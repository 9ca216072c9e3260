/**
 * membarrier(): one thread pays for the barriers of all.
 *
 *     fast thread            slow thread
 *     y = 1                  x = 1
 *     barrier()              membarrier()        as if there were an smp_mb() here, and one in place of the barrier()
 *     r1 = x                 r2 = y              not both 0
 *
 * The call makes every CPU that runs a thread of the process execute a full barrier, by IPI. A CPU that runs something
 * else gets none: then the scheduler must have been, or must come to be, one. That is where the schemes come in: a CPU
 * that goes from a kernel thread back to the mm that it has kept loaded passes through no switch_mm, and the barrier
 * between the store to `rq->curr` and user code is the one of `mmdrop_lazy_tlb`.
 *
 *     membarrier()                       CPU that is skipped
 *     a: full barrier                    d: full barrier, before curr (or its mm) is something else
 *     b: reads rq->curr->mm              (curr is something else)
 *     c: full barrier                    e: full barrier, after curr (or its mm) is the process again
 *
 * a pairs with e: what comes before the call is seen by what the CPU does afterwards. d pairs with c: what the CPU did
 * before is seen after the call.
 *
 * Models kernel/sched/membarrier.c (membarrier_private_expedited, ipi_mb) of 7.2 for MEMBARRIER_CMD_PRIVATE_EXPEDITED.
 * Leaves out the other commands, and with them `rq->membarrier_state`, which only MEMBARRIER_CMD_GLOBAL_EXPEDITED reads
 * (membarrier_switch_mm, membarrier_update_current_mm); registration, which `setup` does; cpus_read_lock.
 */
import { USER_RETURN_SYNCHRONIZES } from "#arch";
import type { mm_struct } from "./mm.ts";
import { runqueues } from "./rq.ts";
import type { task_struct } from "./task.ts";

/** Bits of `mm.membarrier_state`. */
export const MEMBARRIER_STATE_PRIVATE_EXPEDITED_READY = 1 << 0;
export const MEMBARRIER_STATE_PRIVATE_EXPEDITED = 1 << 1;

/** In `setup`: the process has registered its intent to use the command. */
export function boot_membarrier(mm: mm_struct): void {
  atomic_set(
    mm.membarrier_state,
    MEMBARRIER_STATE_PRIVATE_EXPEDITED_READY | MEMBARRIER_STATE_PRIVATE_EXPEDITED,
  );
}

/** The IPI. Taking it is a full barrier already, on x86. */
export function ipi_mb(_info: mm_struct): void {
  smp_mb();
}

/** The system call. False: the process has not registered. The caller is a thread of it, and may sleep. */
export function membarrier_private_expedited(): boolean {
  const mm = get_current<task_struct>().mm;
  // @unreached the processes of the scenarios have registered
  if ((atomic_read(mm.membarrier_state) & MEMBARRIER_STATE_PRIVATE_EXPEDITED_READY) === 0) return false;
  // Nobody else is there to be ordered with.
  if (atomic_read(mm.mm_users) === 1) {
    // Somebody may have been, a moment ago: a thread that has exited. What it did is before its mmput; that the caller's
    // later reads come after the read of mm_users is not said in the kernel, and left to the return to user mode.
    return_to_user_mode();
    return true;
  }
  // Earlier: the caller's user accesses. Later: the reads of rq->curr. Without it a CPU that is skipped as lazy may come
  // back to the process, through its own barrier e, and still not see what the caller had written (scenario A).
  smp_mb();
  const targets = cpus_of_process(mm);
  preempt_disable();
  // This CPU needs none: the barrier below is one. A CPU that this task has just left went through __schedule.
  // @unreached nothing is called here, as the mask has just been taken without this CPU
  on_each_cpu_in(cpumask_without(targets, smp_processor_id()), ipi_mb, mm, true);
  preempt_enable();
  // Earlier: the reads of rq->curr, and the wait for the IPIs. Later: the caller's user accesses. Without it the caller
  // may read what a CPU had not yet written when it was looked at, or interrupted (scenario B).
  smp_mb();
  return true;
}

/** What the end of a system call orders of its own, where the kernel has nothing: loads behind what was decided on. */
export function return_to_user_mode(): void {
  if (USER_RETURN_SYNCHRONIZES) smp_rmb();
}

/** The CPUs that run a thread of `mm`, or a kernel thread that uses it. */
function cpus_of_process(mm: mm_struct): cpumask_value {
  let targets = cpumask_none();
  rcu_read_lock();
  for (const cpu of for_each_online_cpu()) {
    const p = rcu_dereference(per_cpu(runqueues, cpu).curr);
    // @unreached every CPU has started with a task
    if (p !== NULL && READ_ONCE(p.mm) === mm) targets = cpumask_with(targets, cpu);
  }
  rcu_read_unlock();
  return targets;
}
