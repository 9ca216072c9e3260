/** Who the machine works for: the kernel with its workload, or a recorded trace. */

/** Decides what a CPU does when it has nothing to do. It must start something: a body, a delay, idling. */
export interface Client {
  advance(cpu: number): void;
  /** An entry point is over on `cpu`, which `advance` will hear in its turn: what concerns nobody else may be done. */
  finished(cpu: number): void;
  /** A timer that was started for `task` has gone off on `cpu`; it is in the interrupt. */
  expired(cpu: number, task: number): void;
  /** An mm's last user has left; an mm has been freed. */
  died?(mm: number, time: number): void;
  freed?(mm: number, time: number): void;
  /** A CPU goes from idle to running, for a task or an interrupt; returns the picoseconds that takes. */
  wakes(cpu: number, idledFor: number): number;
  /** A CPU has gone back to idle after an interrupt. */
  idles(cpu: number): void;
}
