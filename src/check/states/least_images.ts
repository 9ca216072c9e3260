/**
 * Which renamings can give the smallest image of a state, without packing them all.
 *
 * Each CPU and each task has a signature that does not depend on names: flags, and the steps at which its contexts
 * stand. An image lists the signatures in the order of the new names; the canonical image is the one whose list is the
 * smallest, and among several of those (CPUs in the same situation) the one that packs smallest. Mostly there is one.
 */
import { CPU, TASK } from "../../world/layout.ts";
import type { World } from "../../world/world.ts";
import type { Renaming } from "./symmetry.ts";

export class LeastImages {
  /** Numbers of the renamings to try, 0 being the identity; valid up to what `least` returned. */
  readonly candidates: Int32Array;
  private readonly world: World;
  /** Per renaming, for each place of an image's list the place in the state's: CPUs, then tasks. */
  private readonly from: readonly Int32Array[];
  private readonly signatures: Int32Array;

  constructor(world: World, renamings: readonly Renaming[]) {
    this.world = world;
    const { cpus, tasks } = world.layout;
    const identity = Int32Array.from({ length: cpus + tasks }, (_, i) => i);
    this.from = [identity, ...renamings.map((r) => sourcesOf(r, cpus, tasks))];
    this.candidates = new Int32Array(this.from.length);
    this.signatures = new Int32Array(cpus + tasks);
  }

  /** Finds the renamings with the smallest list of signatures in state `s`; returns how many. */
  least(s: Int32Array): number {
    this.sign(s);
    const { candidates, from } = this;
    candidates[0] = 0;
    let n = 1;
    for (let g = 1; g < from.length; g++) {
      const order = this.compare(from[g] as Int32Array, from[candidates[0] ?? 0] as Int32Array);
      if (order > 0) continue;
      if (order < 0) n = 0;
      candidates[n++] = g;
    }
    return n;
  }

  private compare(a: Int32Array, b: Int32Array): number {
    const { signatures } = this;
    for (let i = 0; i < a.length; i++) {
      const difference = (signatures[a[i] ?? 0] ?? 0) - (signatures[b[i] ?? 0] ?? 0);
      if (difference !== 0) return difference;
    }
    return 0;
  }

  /** Signatures are sums of what fits 31 bits: a collision costs time, never a wrong answer. */
  private sign(s: Int32Array): void {
    const { layout } = this.world;
    for (let c = 0; c < layout.cpus; c++) {
      const C = c * layout.cpuStride;
      const T = layout.taskBase[s[C + CPU.cur] ?? 0] ?? 0;
      const flags =
        (s[C + CPU.irqOff] ?? 0) | ((s[C + CPU.online] ?? 0) << 1) | ((s[C + CPU.dead] ?? 0) << 2);
      const steps =
        ((s[T + TASK.pc] ?? 0) << 3) +
        ((s[C + CPU.handlerPc] ?? 0) << 13) +
        ((s[T + TASK.preemptPc] ?? 0) << 18);
      this.signatures[c] = (steps + flags) & 0x3fffffff;
    }
    for (let t = 1; t <= layout.tasks; t++) {
      const T = layout.taskBase[t] ?? 0;
      this.signatures[layout.cpus + t - 1] = ((s[T + TASK.pc] ?? 0) << 4) + (s[T + TASK.state] ?? 0);
    }
  }
}

/** The inverse of a renaming, on the list of CPUs and tasks. */
function sourcesOf(r: Renaming, cpus: number, tasks: number): Int32Array {
  const from = new Int32Array(cpus + tasks);
  r.cpus.forEach((to, c) => {
    from[to] = c;
  });
  for (let t = 1; t <= tasks; t++) from[cpus + (r.tasks[t] ?? t) - 1] = cpus + t - 1;
  return from;
}
