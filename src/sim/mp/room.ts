/**
 * How many objects a simulation has room for, decided before it starts.
 *
 * Live ones are known from the workload. Dead mms are not: where RCU frees them, each stays a grace period long, and how many
 * die meanwhile depends on the scheme's speed. There is room for as many as could die at most, as far as memory goes;
 * the host provides it only as it is used.
 */

import type { Program } from "../../ir/types.ts";
import { bytesOf } from "./memory.ts";
import type { Profile } from "./profile.ts";
import type { Workload } from "./workload.ts";

/** Bytes of the simulator's own per CPU: queues, frames, books. */
const PER_CPU = 4096;
/** Callbacks of a CPU that has many come one after the other: they may be late. */
const LATE = 1.5;

export interface Room {
  /** Objects by struct name. */
  readonly capacity: ReadonlyMap<string, number>;
  /** Bytes that the machine's state takes, were there no dead mms. */
  readonly least: number;
}

/** `grace` is how long a callback of RCU takes to come, picoseconds; `memory` what may be used, bytes. */
export function roomFor(
  program: Program,
  profile: Profile,
  cpus: number,
  workload: Workload,
  { grace, memory }: { readonly grace: number; readonly memory: number },
): Room {
  const capacity = new Map(workload.capacity(cpus));
  const add = (name: string, n: number): unknown => capacity.set(name, (capacity.get(name) ?? 0) + n);
  add("task_struct", cpus + 1);
  const bytes = (): number => bytesOf(program, cpus, capacity) + cpus * PER_CPU;
  const least = bytes();
  add("mm_struct", 1);
  const each = bytes() - least;
  add("mm_struct", -1);
  const deaths = workload.mostDeaths?.(cpus, profile, grace * LATE) ?? 0;
  const room = Math.max(0, Math.floor((memory - least) / Math.max(1, each)));
  add("mm_struct", Math.min(deaths, room));
  return { capacity, least };
}
