/** Litmus tests as Kernel TypeScript: threads on CPUs of their own. */

/** Threads, one per CPU, and a watcher on one more that complains of one outcome when all have ended. */
export function litmus(threads: readonly string[], outcome: string, helpers = ""): string {
  const mains = threads.map((body, i) => `export function t${i}(): void { local_irq_enable(); ${body} }`);
  const creates = threads.map((_, i) => `start(t${i}, ${i});`);
  return `
export interface vars extends struct { x: int; y: int; z: int; r0: int; r1: int; r2: int; r3: int; n: atomic_t; lock: spinlock_t; }
export interface task_struct extends struct { id: int; }
export const g = DEFINE<vars>();
${helpers}
${mains.join("\n")}
export function watcher(): void { local_irq_enable(); wait_all_others(); BUG_ON(${outcome}); }
export function setup(): void {
  g.r0 = 7; g.r1 = 7; g.r2 = 7; g.r3 = 7;
  ${creates.map((c) => c.replace(/start\((t\d), (\d)\);/, "task_start_on(task_create<task_struct>($1, cpumask_of($2), 0), $2);")).join("\n  ")}
  task_start_on(task_create<task_struct>(watcher, cpumask_of(${threads.length}), 0), ${threads.length});
}`;
}
