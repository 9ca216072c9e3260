/**
 * Random small machines in Kernel TypeScript: two or three CPUs, tasks, and everything that can go wrong between them.
 *
 * A machine comes from a list of choices (numbers that a property-testing library shrinks); where the list has ended
 * the simplest choice is made, so a failing machine gets smaller as its list does. There are four kinds of machine:
 * `bare` (one body per CPU, no scheduler), `scheduled` (tasks that switch, sleep, wake, migrate and are preempted) and
 * `symmetric` (one body for all CPUs, so that the symmetry reduction has something to do); and `interrupted`, which is one
 * of the first two with non-maskable interrupts.
 */

import { bareMachine, SCHEDULER } from "./programs.ts";

export interface RandomMachine {
  readonly kind: "bare" | "scheduled" | "symmetric" | "interrupted";
  readonly cpus: number;
  readonly source: string;
}

export const KINDS: readonly RandomMachine["kind"][] = ["bare", "scheduled", "symmetric", "interrupted"];

const DECLARATIONS = `
export interface obj extends struct { v: int; n: atomic_t; }
export interface shared extends struct {
  x: int; y: int; n: atomic_t; l: spinlock_t; k: spinlock_t; m: cpumask_t; c: cpu_t; p: obj; t: task; g: atomic_t;
}
export interface local extends struct { v: int; w: int; }
export const G = DEFINE<shared>();
export const L = DEFINE_PER_CPU<local>();
export const MAX_obj = 2;
`;

/** The machine that a list of choices stands for. */
export function randomMachine(kind: RandomMachine["kind"], choices: readonly number[]): RandomMachine {
  return new Generator(kind, choices).machine();
}

class Generator {
  readonly #kind: RandomMachine["kind"];
  readonly #choices: readonly number[];
  #next = 0;
  #names = 0;
  #cpus = 2;
  /** Handlers h0, h1 exist; a handler may call those before it. */
  #callable = 2;
  /** Interrupts are off here, or this is a handler: no waiting for others. */
  #closed = false;
  #inTask = false;

  constructor(kind: RandomMachine["kind"], choices: readonly number[]) {
    this.#kind = kind;
    this.#choices = choices;
  }

  machine(): RandomMachine {
    const kind = this.#kind;
    this.#cpus = 2 + this.#choose(kind === "scheduled" || kind === "interrupted" ? 1 : 2);
    const handlers = [0, 1].map((i) => this.#handler(i)).join("");
    this.#callable = 2;
    const head = `${DECLARATIONS}${handlers}`;
    const source =
      kind === "bare" || (kind === "interrupted" && this.#choose(2) === 0)
        ? this.#bare(head)
        : kind === "symmetric"
          ? this.#symmetric(head)
          : this.#scheduled(head);
    return { kind, cpus: this.#cpus, source };
  }

  #bare(head: string): string {
    const most = this.#cpus === 2 ? 4 : 3;
    const mains = Array.from({ length: this.#cpus }, () => this.#statements(most, 1));
    return bareMachine(head, mains).replace(
      "export function setup(): void {",
      "export function setup(): void {\ncpumask_set_cpu(1, G.m);",
    );
  }

  #symmetric(head: string): string {
    const body = this.#statements(3, 1);
    return `export interface task extends struct { extra: int; }
${head}
export function main(): void {\nlocal_irq_enable();\n${body}\n}
export function setup(): void {
for (const cpu of for_each_possible_cpu()) {
${this.#choose(2) === 0 ? "" : "cpumask_set_cpu(cpu, G.m);\n"}task_start_on(task_create<task>(main, cpumask_of(cpu), 0), cpu);
}
}
`;
  }

  #scheduled(head: string): string {
    this.#inTask = true;
    const tasks = 1 + this.#choose(3);
    const bodies = Array.from({ length: tasks }, (_, i) => {
      const entry =
        this.#choose(3) === 0
          ? "const prev = fork_prev<task>();\nif (prev !== NULL) {\nprev.extra = 1;\nfinish_task(prev);\nlocal_irq_enable();\npreempt_enable();\n} else local_irq_enable();"
          : "start();";
      return `export function t${i}(): void {\n${entry}\n${this.#statements(2, 1)}\nexit();\n}\n`;
    });
    const creations = Array.from({ length: tasks }, (_, i) => {
      const affinity = ["cpumask_possible()", "cpumask_of(0)", "cpumask_of(1)"][this.#choose(3)];
      const flags = ["TASK_PREEMPTIBLE", "0", "TASK_NEW", "TASK_LATE"][this.#choose(i === 0 ? 2 : 4)] ?? "0";
      const made = `const a${i} = task_create<task>(t${i}, ${affinity}, ${flags});\n`;
      const onFirst = i === 0 && affinity !== "cpumask_of(1)";
      const woken = flags === "TASK_NEW" ? `G.t = a${i};\n` : "";
      return `${made}${woken}${onFirst ? `task_start_on(a${i}, 0);\n` : ""}`;
    });
    const first = creations[0]?.includes("task_start_on") ? "" : "task_start_on(i0, 0);\n";
    return `${SCHEDULER}${head}${bodies.join("")}
export function preempt_schedule_irq(): void {\nschedule();\n}
export function setup(): void {
const i0 = task_create<task>(idle, cpumask_of(0), TASK_IDLE);
const i1 = task_create<task>(idle, cpumask_of(1), TASK_IDLE);
${creations.join("")}${first}task_start_on(i1, 1);
}
`;
  }

  #handler(index: number): string {
    this.#callable = index;
    this.#closed = true;
    const body = this.#statements(2, 0);
    this.#closed = false;
    return `export function h${index}(arg: int): void {\n${body}\n}\n`;
  }

  /** A number from 0 to n−1; 0, the simplest choice, when the list has ended. */
  #choose(n: number): number {
    const choice = this.#choices[this.#next++];
    return choice === undefined ? 0 : choice % n;
  }

  #fresh(prefix: string): string {
    return `${prefix}${this.#names++}`;
  }

  #statements(most: number, depth: number): string {
    return Array.from({ length: this.#choose(most + 1) }, () => this.#statement(depth)).join("\n");
  }

  #statement(depth: number): string {
    const groups = [
      () => this.#memory(),
      () => this.#memory(),
      () => this.#counter(),
      () => this.#mask(),
      () => this.#own(),
      () => this.#object(),
      () => this.#call(),
      ...(this.#kind === "interrupted" ? [() => this.#call(), () => this.#own()] : []),
      () => this.#wait(),
      ...(this.#inTask && !this.#closed ? [() => this.#task(), () => this.#task()] : []),
      ...(depth > 0 ? [() => this.#region(depth), () => this.#region(depth), () => this.#branch(depth)] : []),
    ];
    return groups[this.#choose(groups.length)]?.() ?? "";
  }

  /** One of some texts; the first is the simplest. */
  #oneOf(...texts: readonly (string | (() => string))[]): string {
    const text = texts[this.#choose(texts.length)] ?? "";
    return typeof text === "string" ? text : text();
  }

  #field(): string {
    return this.#oneOf("x", "y");
  }

  #memory(): string {
    return this.#oneOf(
      () => `G.${this.#field()} = ${1 + this.#choose(3)};`,
      () => {
        const v = this.#fresh("v");
        return `const ${v} = G.${this.#field()};\nG.${this.#field()} = ${v} + 1;`;
      },
      () => `if (cmpxchg(G.x, 0, ${1 + this.#choose(2)}) !== 0) G.y = 3;`,
      () => `G.y = xchg(G.x, ${1 + this.#choose(3)});`,
      () => "smp_mb();",
    );
  }

  #counter(): string {
    return this.#oneOf(
      "atomic_inc(G.n);",
      "G.x = atomic_inc_return(G.n);",
      "atomic_inc(G.n);\nif (atomic_dec_and_test(G.n)) G.x = 5;",
      "if (atomic_inc_not_zero(G.n)) G.y = 4;",
      "atomic_dec(G.n);",
    );
  }

  #cpu(): string {
    // A symmetric machine mostly names no CPU; where it names one the symmetry has to be given up, or some of it.
    if (this.#kind === "symmetric") return this.#choose(8) === 7 ? "1" : "smp_processor_id()";
    return this.#oneOf("0", "1", "smp_processor_id()");
  }

  #mask(): string {
    return this.#oneOf(
      () => `cpumask_set_cpu(${this.#cpu()}, G.m);`,
      () => `cpumask_clear_cpu(${this.#cpu()}, G.m);`,
      () => `if (cpumask_test_and_set_cpu(${this.#cpu()}, G.m)) G.x = 6;`,
      "for (const cpu of for_each_cpu(cpumask_read(G.m))) {\nper_cpu(L, cpu).v = G.x;\n}",
      "for (const cpu of for_each_possible_cpu()) {\nif (per_cpu(L, cpu).v !== 0) break;\nG.c = cpu;\n}",
      "G.c = smp_processor_id();",
    );
  }

  #own(): string {
    return this.#oneOf(
      "this_cpu(L).v = this_cpu(L).v + 1;",
      "this_cpu(L).w = G.x;",
      "G.y = this_cpu(L).w;",
      "get_current<task>().extra = G.x;",
      "G.x = get_current<task>().extra;",
      () => `per_cpu(L, ${this.#cpu()}).v = 2;`,
    );
  }

  #object(): string {
    const o = this.#fresh("o");
    return this.#oneOf(
      `const ${o} = alloc<obj>();\n${o}.v = G.x;\nfree(${o});`,
      `const ${o} = xchg(G.p, NULL);\nif (${o} !== NULL) free(${o});`,
      `const ${o} = alloc<obj>();\nconst q${o} = xchg(G.p, ${o});\nif (q${o} !== NULL) free(q${o});`,
      `const ${o} = READ_ONCE(G.p);\nif (${o} !== NULL) ${o}.v = 1;`,
      `const ${o} = READ_ONCE(G.p);\nif (${o} !== NULL) free(${o});`,
    );
  }

  #call(): string {
    if (this.#callable === 0) return this.#memory();
    const h = `h${this.#choose(this.#callable)}`;
    // Waiting where it is forbidden is one of the things that go wrong, but not the usual one.
    const wait = this.#choose(this.#closed ? 6 : 2) === (this.#closed ? 5 : 0);
    const arg = this.#oneOf("1", "G.x");
    // Where it is handled, one more would wait for itself.
    if (this.#kind === "interrupted" && (!this.#closed || this.#choose(4) === 0))
      return `send_nmi(${this.#cpu()}, ${h}, ${arg});`;
    return this.#oneOf(
      () => `smp_call_function_single(${this.#cpu()}, ${h}, ${arg}, ${wait});`,
      `on_each_cpu(${h}, ${arg}, ${wait});`,
      `smp_call_function_many(G.m, ${h}, ${arg}, ${wait});`,
      `on_each_cpu_mask(G.m, ${h}, ${arg}, ${wait});`,
    );
  }

  /** Waiting for what may never come. */
  #wait(): string {
    if (this.#choose(3) !== 2) return this.#memory();
    return this.#oneOf(
      "smp_cond_load_acquire_not(G.x, 0);",
      "smp_cond_load_acquire(G.y, 1);",
      "while (READ_ONCE(G.x) === 0 && choose(2) === 0) cpu_relax();",
      "BUG_ON(G.x === 3);",
      "G.x = choose(2);",
    );
  }

  #task(): string {
    return this.#oneOf(
      "schedule();",
      "set_current_blocked();\nif (G.x === 0) schedule();",
      "const me = READ_ONCE(G.t);\nif (me !== NULL) wake_up_process(me);".replaceAll("me", this.#fresh("t")),
      "G.t = get_current<task>();",
      "G.t = get_current<task>();\nset_current_blocked();\nschedule();",
      "while (choose(2) !== 0) schedule();",
      "G.c = smp_processor_id();\nper_cpu(L, smp_processor_id()).v = 1;",
    );
  }

  #region(depth: number): string {
    const off = this.#choose(3);
    const [before, after] = [
      ["spin_lock(G.l);", "spin_unlock(G.l);"],
      ["local_irq_disable();", "local_irq_enable();"],
      ["spin_lock_irq(G.k);", "spin_unlock_irq(G.k);"],
    ][off] ?? ["", ""];
    const wasClosed = this.#closed;
    const inTask = this.#inTask;
    this.#closed ||= off > 0;
    this.#inTask = false;
    const body = this.#statements(2, depth - 1);
    this.#closed = wasClosed;
    this.#inTask = inTask;
    return `${before}\n${body}\n${after}`;
  }

  #branch(depth: number): string {
    const test = this.#oneOf("choose(2) === 0", "G.x === 0", "spin_trylock(G.l)", "atomic_read(G.n) > 1");
    const body = this.#statements(2, depth - 1);
    const unlock = test.startsWith("spin_trylock") ? "\nspin_unlock(G.l);" : "";
    const otherwise = this.#choose(2) === 0 ? "" : ` else {\n${this.#statements(1, depth - 1)}\n}`;
    return `if (${test}) {\n${body}${unlock}\n}${otherwise}`;
  }
}
