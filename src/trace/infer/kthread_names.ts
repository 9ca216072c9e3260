/**
 * Which names are kernel threads', for tasks that were alive before the trace: nothing but the name tells, until
 * the task is switched in with a TLB flush (then it has an mm), or without one over an mm that it cannot have.
 *
 * An assumption, and marked as one wherever it is used. A user may name a process "kworker/0:1"; a kernel thread
 * may have a name that is not here (out-of-tree drivers). `vhost-PID` is not here on purpose: since 6.4 it is a
 * user worker that shares its creator's mm, before it was a kernel thread that uses that mm for all its life.
 */

const PREFIXES: readonly string[] = [
  "swapper/",
  "kthreadd",
  "kworker",
  "pool_workqueue",
  "ksoftirqd/",
  "migration/",
  "cpuhp/",
  "idle_inject/",
  "rcu_",
  "rcub/",
  "rcuc/",
  "rcuop/",
  "rcuog/",
  "rcuos/",
  "rcu-",
  "ktimers/",
  "irq_work/",
  "irq/",
  "backlog_napi/",
  "napi/",
  "kswapd",
  "kcompactd",
  "khugepaged",
  "ksmd",
  "oom_reaper",
  "kdevtmpfs",
  "kauditd",
  "khungtaskd",
  "kthrotld",
  "kintegrityd",
  "kblockd",
  "blkcg_punt_bio",
  "writeback",
  "watchdog",
  "jbd2/",
  "ext4-",
  "ext4lazyinit",
  "kdamond",
  "xfs",
  "btrfs-",
  "scsi_eh_",
  "scsi_tmf_",
  "md",
  "dm-",
  "nvme",
  "card",
  "psimon",
  "zswap",
  "cryptd",
  "hwrng",
  "edac-",
  "ata_sff",
  "kstrp",
  "inet_frag_wq",
  "netns",
  "mm_percpu_wq",
  "slub_flushwq",
  "tpm_dev_wq",
  "devfreq_wq",
  "pm_runtime",
];

export function looksLikeKernelThread(comm: string): boolean {
  return PREFIXES.some((prefix) => comm.startsWith(prefix));
}
