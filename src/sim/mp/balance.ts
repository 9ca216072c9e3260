/**
 * What a CPU does that is about to idle while others have more tasks than they can run: newidle_balance() as of Linux
 * 6.13. It looks for the CPU with most tasks, of those that have more than one, in its core, below its last-level cache, in its socket, in the machine, and takes one task
 * from there that has not run for half a millisecond (`task_hot`; among the threads of a core any).
 *
 * Looking costs: one line of each CPU that is looked at, which others write, comes from as far as that CPU may be. A CPU
 * whose pauses are shorter than that does not look (`avg_idle` against `max_newidle_lb_cost`). Balancing at ticks is missing.
 */

import { type FigureName, toPs } from "./figures.ts";
import type { Cpus } from "./placement.ts";
import { NONE, type RunQueues } from "./run_queues.ts";
import type { Tasks } from "./tasks.ts";
import type { Topology } from "./topology.ts";

/** sysctl_sched_migration_cost: a task that has run since is hot. */
const MIGRATION = toPs(500_000);
/** `avg_idle` begins with, and goes up to, twice that. */
const LONGEST = 2 * MIGRATION;

interface Domain {
  readonly size: number;
  readonly cost: number;
  readonly core: boolean;
}

export class Balance {
  /** What the last `pull` has cost, picoseconds. */
  cost = 0;
  /** Some CPU has more than one task, of which one may go elsewhere, since nobody was found who has: `rd->overloaded`. */
  private overloaded = false;
  private readonly tasks: Tasks;
  private readonly queues: RunQueues;
  private readonly cpus: Cpus;
  private readonly size: number;
  private readonly domains: readonly Domain[];
  private readonly averageIdle: Float64Array;

  constructor(
    tasks: Tasks,
    queues: RunQueues,
    cpus: Cpus,
    topology: Topology,
    prices: Readonly<Record<FigureName, number>>,
  ) {
    this.tasks = tasks;
    this.queues = queues;
    this.cpus = cpus;
    this.size = topology.cpus;
    const { threadsPerCore, cpusPerLlc, coresPerSocket } = topology;
    const domain = (size: number, line: number, core = false): Domain => {
      const n = Math.min(size, topology.cpus);
      return { size: n, cost: n * line, core };
    };
    this.domains = [
      domain(threadsPerCore, 0, true),
      domain(cpusPerLlc, prices.xferL3),
      domain(coresPerSocket * threadsPerCore, prices.xferSocket),
      domain(topology.cpus, prices.xferRemote),
    ].filter(({ size }, i, all) => i === 0 || size > (all[i - 1]?.size ?? 0));
    this.averageIdle = new Float64Array(topology.cpus).fill(LONGEST);
  }

  /** `cpu` has idled for so many picoseconds: update_avg(). */
  idled(cpu: number, ps: number): void {
    const average = this.averageIdle[cpu] as number;
    this.averageIdle[cpu] = Math.min(LONGEST, average + (ps - average) / 8);
  }

  /** A task that may go elsewhere waits on `cpu`. */
  queued(cpu: number): void {
    if (this.cpus.load(cpu) > 1) this.overloaded = true;
  }

  /** A task for `cpu`, taken from another one's queue, and where `may` says that it may go; NONE if there is none. */
  pull(cpu: number, now: number, may: (task: number) => boolean): number {
    this.cost = 0;
    if (!this.overloaded) return NONE;
    let busiest = NONE;
    for (const { size, cost, core } of this.domains) {
      if ((this.averageIdle[cpu] as number) < this.cost + cost) return NONE;
      this.cost += cost;
      busiest = this.busiest(cpu, size);
      if (busiest === NONE) continue;
      const task = this.queues.takeFirst(
        busiest,
        (each) => may(each) && (core || now - (this.tasks.ranAt[each] as number) >= MIGRATION),
      );
      if (task !== NONE) return task;
    }
    if (busiest === NONE) this.overloaded = false;
    return NONE;
  }

  private busiest(cpu: number, size: number): number {
    const from = cpu - (cpu % size);
    const end = Math.min(from + size, this.size);
    let busiest = NONE;
    let most = 0;
    for (let other = from; other < end; other++) {
      const length = this.queues.length(other);
      if (length <= most || this.cpus.load(other) < 2) continue;
      most = length;
      busiest = other;
    }
    return busiest;
  }
}
