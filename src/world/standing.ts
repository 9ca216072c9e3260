/**
 * Which ops each context of a machine may still execute, from where it stands: a task from its program counter on, an
 * interrupt that runs, is on its way, or may yet be sent by somebody.
 *
 * Static, but for the program counters: conditions may go either way. A task that has exited stands nowhere, and an idle
 * task that has nothing but switches before it stays there for good. That is what a memory that is an execution graph asks:
 * who may still read an old write, or make the one that a read waits for.
 */
import { present } from "../base/assert.ts";
import { successors } from "../ir/operands.ts";
import { type FuncId, TASK_PREEMPTIBLE } from "../ir/types.ts";
import type { Boot } from "./boot.ts";
import { CALLBACK, CALLBACK_CELLS, CPU, type Layout, MOST_CALLBACKS, NMI, TASK } from "./layout.ts";
import { entryKey, numberSteps, type RoleBody } from "./machine.ts";
import type { Sites } from "./sites.ts";

/** What the machine is made of, as far as it matters here. */
export interface StandingParts {
  readonly layout: Layout;
  readonly bodies: readonly RoleBody[];
  readonly sites: Sites;
  readonly tasks: Boot["tasks"];
  /** By number (`numberHandlers`), and the first number of an NMI's. */
  readonly handlers: readonly FuncId[];
  readonly firstNmi: number;
  /** What a task runs that is preempted. */
  readonly preempt: FuncId | undefined;
}

/** Sites by number, each once. */
type SiteList = readonly number[];

/** Told of a context: the step that it stands at, and the CPUs it may run on, one bit each. */
export type Visit = (step: number, cpus: number) => void;

export class Standing {
  /** Per step id, the sites of its body that are ahead of it. */
  readonly own: readonly SiteList[];
  /** Per step id, the sites of the handlers that it may send, or that these may send: on whatever CPU. */
  readonly sent: readonly SiteList[];
  readonly #parts: StandingParts;
  readonly #entry: ReadonlyMap<string, number>;
  readonly #allCpus: number;

  constructor(parts: StandingParts) {
    this.#parts = parts;
    this.#allCpus = (1 << parts.layout.cpus) - 1;
    const { info, entry } = numberSteps(parts.bodies);
    this.#entry = entry;
    const own: SiteList[] = [[]];
    const sent: SiteList[] = [[]];
    info.forEach((step, id) => {
      const body = parts.bodies.find(({ func, role }) => func === step.func && role === step.role);
      const ahead = present(body && sitesAhead(body, step.pc, parts.sites), "body of a step");
      own[id] = ahead;
      sent[id] = this.#sentBy(ahead);
    });
    this.own = own;
    this.sent = sent;
  }

  /** All contexts that may go on, or begin, in state `s`. */
  visit(s: Int32Array, visit: Visit): void {
    const { layout, tasks } = this.#parts;
    for (let t = 1; t <= layout.tasks; t++) {
      const T = layout.taskBase[t] ?? 0;
      const pc = s[T + TASK.pc] ?? 0;
      const frame = s[T + TASK.preemptPc] ?? 0;
      if (pc === 0 && frame === 0) continue;
      const { affinity = 0, flags = 0 } = tasks[t - 1] ?? {};
      const on = s[T + TASK.onCpu] ?? 0;
      const cpus = affinity | (on > 0 ? 1 << (on - 1) : 0);
      if (pc !== 0) visit(pc, cpus);
      if (frame !== 0) visit(frame, cpus);
      else if ((flags & TASK_PREEMPTIBLE) !== 0) visit(this.#preemption(), cpus);
    }
    for (let c = 0; c < layout.cpus; c++) this.#visitCpu(s, c, visit);
    if (layout.callbackBase < 0) return;
    for (let i = 0; i < MOST_CALLBACKS; i++)
      this.#visitHandler(
        s[layout.callbackBase + i * CALLBACK_CELLS + CALLBACK.fn] ?? 0,
        this.#allCpus,
        visit,
      );
  }

  #visitCpu(s: Int32Array, c: number, visit: Visit): void {
    const { layout } = this.#parts;
    const C = c * layout.cpuStride;
    visit(s[C + CPU.handlerPc] ?? 0, 1 << c);
    const outstanding = (s[C + CPU.pending] ?? 0) | (s[C + CPU.running] ?? 0);
    if (outstanding !== 0) this.#visitHandler(s[C + CPU.callFn] ?? 0, this.#allCpus, visit);
    if (layout.nmi < 0) return;
    visit(s[C + layout.nmi + NMI.pc] ?? 0, 1 << c);
    this.#visitHandler(s[C + layout.nmi + NMI.fn] ?? 0, 1 << c, visit);
  }

  #visitHandler(handler: number, cpus: number, visit: Visit): void {
    if (handler === 0) return;
    const { handlers, firstNmi } = this.#parts;
    const func = present(handlers[handler], "handler");
    visit(this.#entryOf(func, handler < firstNmi ? "handler" : "nmi"), cpus);
  }

  #preemption(): number {
    const { preempt } = this.#parts;
    return preempt === undefined ? 0 : (this.#entry.get(entryKey(preempt, "preempt")) ?? 0);
  }

  #entryOf(func: FuncId, role: "handler" | "nmi"): number {
    return present(this.#entry.get(entryKey(func, role)), "entry of a handler");
  }

  #sentBy(ahead: SiteList): SiteList {
    const { sites, bodies } = this.#parts;
    const found = new Set<number>();
    const sentFrom = new Set<RoleBody>();
    const look = (from: SiteList): void => {
      for (const site of from) {
        const op = sites.all[site]?.op;
        if (op?.op !== "ipi.send" && op?.op !== "rcu.call" && op?.op !== "nmi.send") continue;
        const role = op.op === "nmi.send" ? "nmi" : "handler";
        const body = present(
          bodies.find((each) => each.func === op.handler && each.role === role),
          "handler",
        );
        if (sentFrom.has(body)) continue;
        sentFrom.add(body);
        const whole = sitesAhead(body, 0, sites);
        for (const each of whole) found.add(each);
        look(whole);
      }
    };
    look(ahead);
    return [...found];
  }
}

/** The sites of a body that can be reached from `pc`. */
function sitesAhead({ func, role, cut }: RoleBody, pc: number, sites: Sites): SiteList {
  const { ops } = cut.body;
  const seen = new Set([pc]);
  for (const at of seen) for (const next of successors(present(ops[at], "op"), at)) seen.add(next);
  return [...seen].map((at) => sites.number(func, role, at));
}
