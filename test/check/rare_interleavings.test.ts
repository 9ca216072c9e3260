/** Interleavings that the checker has missed, or might: each a machine in which one outcome hangs on one of them. */

import { expect, test } from "vitest";
import { compare } from "./agree.ts";
import { bareMachine, compileKts, SCHEDULER } from "./programs.ts";

/** All reductions agree with the naive engine, which finds `finals` final states or `broken`. */
function expectAgreement(source: string, cpus: number, expected: number | string): void {
  const { complaint, skipped, naive } = compare(compileKts(source), cpus, 100_000);
  expect(skipped).toBe(false);
  expect(complaint ?? "").toBe("");
  expect(naive.broken.size === 0 ? naive.finals.size : [...naive.broken].join()).toBe(expected);
}

const global = (fields: string): string =>
  `export interface g extends struct { ${fields} }\nexport const G = DEFINE<g>();\n`;
const PREEMPT = "export function preempt_schedule_irq(): void { schedule(); }\n";
const IDLES = "const i0 = task_create<task>(idle, cpumask_of(0), TASK_IDLE);\n";
const TWO_IDLES = `${IDLES}const i1 = task_create<task>(idle, cpumask_of(1), TASK_IDLE);\n`;

test("a step reaches one op on two ways, and only one of them goes on", () => {
  const main = "const c = choose(2); local_irq_disable(); if (c === 0) G.x = 1; G.y = c + 5;";
  expectAgreement(bareMachine(global("x: int; y: int; r: int;"), [main, "G.r = G.y;"]), 2, 4);
});

test("an interrupted CPU interrupts another, which writes", () => {
  const handlers = `export function h2(x: int): void { G.a = x; }
export function h1(x: int): void { smp_call_function_many(G.m, h2, x, false); }`;
  const mains = [
    "smp_cond_load_acquire(G.f, 1); smp_call_function_single(1, h1, 3, false);",
    "",
    "",
    "local_irq_disable(); G.f = 1; G.b = G.a;",
  ];
  const source = bareMachine(`${global("a: int; b: int; f: int; m: cpumask_t;")}${handlers}`, mains);
  expectAgreement(source.replace("setup(): void {", "setup(): void {\ncpumask_set_cpu(2, G.m);"), 4, 2);
});

test("a handler waits for ever on top of a task that has ended", () => {
  const handler = "export function h(x: int): void { smp_cond_load_acquire(G.a, x); }";
  const source = bareMachine(`${global("a: int;")}${handler}`, [
    "smp_call_function_single(1, h, 3, false);",
    "",
  ]);
  expectAgreement(source, 2, "hang");
});

test("a task waits for ever between its death and its last switch", () => {
  const source = `${SCHEDULER}${global("a: int;")}
export function m(): void { start(); set_current_dead(); smp_cond_load_acquire(G.a, 3); schedule(); }
export function setup(): void { ${IDLES} task_start_on(task_create<task>(m, cpumask_of(0), 0), 0); }`;
  expectAgreement(source, 1, "hang");
});

test("a late task that dies has ended", () => {
  const source = `${SCHEDULER}
export function m(): void { start(); exit(); }
export function setup(): void { ${IDLES} task_start_on(i0, 0); task_create<task>(m, cpumask_of(0), TASK_LATE); }`;
  expectAgreement(source, 1, 1);
});

test("a preemptible task migrates between two reads of its CPU's number", () => {
  const source = `${SCHEDULER}${PREEMPT}${global("a: cpu_t; b: cpu_t;")}
export function m(): void { start(); G.a = smp_processor_id(); G.b = smp_processor_id(); exit(); }
export function n(): void { start(); exit(); }
export function setup(): void { ${TWO_IDLES}
task_start_on(task_create<task>(m, cpumask_possible(), TASK_PREEMPTIBLE), 0); task_start_on(i1, 1);
task_create<task>(n, cpumask_of(0), 0); }`;
  expectAgreement(source, 2, 3);
});

test("… and between the number and what it does on that CPU", () => {
  const source = `${SCHEDULER}${PREEMPT}
export interface mm extends struct { count: atomic_t; }
export const M = DEFINE<mm>();
${global("x: cpu_t;")}
export function m(): void { start(); const c = smp_processor_id(); load_cr3(M); G.x = c; exit(); }
export function n(): void { start(); exit(); }
export function setup(): void { ${TWO_IDLES}
task_start_on(task_create<task>(m, cpumask_possible(), TASK_PREEMPTIBLE), 0); task_start_on(i1, 1);
task_create<task>(n, cpumask_of(0), 0); }`;
  expectAgreement(source, 2, 3);
});

test("the task that came in between writes a field of the one it came after", () => {
  const source = `${SCHEDULER}${PREEMPT}${global("x: int; y: int;")}
export function a(): void { start(); const me = get_current<task>(); const p = me.extra; const q = me.extra; G.x = p; G.y = q; exit(); }
export function b(): void {
const prev = fork_prev<task>();
if (prev !== NULL) { prev.extra = 7; finish_task(prev); }
local_irq_enable(); preempt_enable(); exit();
}
export function setup(): void { ${IDLES}
task_start_on(task_create<task>(a, cpumask_of(0), TASK_PREEMPTIBLE), 0); task_create<task>(b, cpumask_of(0), 0); }`;
  expectAgreement(source, 1, 4);
});

test("a switch with interrupts on leaves them on", () => {
  const source = `${SCHEDULER}${global("x: int; y: int;")}
export interface local extends struct { v: int; }
export const V = DEFINE_PER_CPU<local>();
export function h(x: int): void { this_cpu(V).v = x; }
export function a(): void {
start();
local_irq_disable();
const prev = get_current<task>();
const next = pick_next_task<task>();
if (next !== prev) finish_task(switch_to(prev, next));
const p = this_cpu(V).v; const q = this_cpu(V).v; G.x = p; G.y = q;
local_irq_enable(); exit();
}
export function b(): void {
const prev = fork_prev<task>();
if (prev !== NULL) finish_task(prev);
local_irq_enable();
set_current_dead();
const me = get_current<task>();
const next = pick_next_task<task>();
if (next !== me) finish_task(switch_to(me, next));
}
export function c(): void { start(); smp_call_function_single(0, h, 7, true); exit(); }
export function setup(): void { ${TWO_IDLES}
task_start_on(task_create<task>(a, cpumask_of(0), 0), 0); task_create<task>(b, cpumask_of(0), 0);
task_start_on(task_create<task>(c, cpumask_of(1), 0), 1); }`;
  expectAgreement(source, 2, 3);
});

test("an interrupt comes before the root is read, and is the only one to change it", () => {
  const declarations = `export interface mm extends struct { count: atomic_t; }
export const M = DEFINE<mm>();
${global("a: mm;")}export function h(x: int): void { load_cr3(M); }`;
  const source = bareMachine(declarations, [
    "smp_call_function_single(1, h, 1, false);",
    "const p = read_cr3<mm>(); G.a = p;",
  ]);
  expectAgreement(source, 2, 2);
});

test("a wake-up that comes in time, and one that comes too early", () => {
  const source = `${SCHEDULER}${global("a: int; b: int; f: int; here: int; go: int; t: task;")}
export function sleeper(): void { start(); smp_cond_load_acquire(G.here, 1); G.go = 1; set_current_blocked(); G.f = 1; schedule(); G.a = G.b + 1; exit(); }
export function waker(): void {
start(); G.here = 1;
smp_cond_load_acquire(G.go, 1);
wake_up_process(G.t); G.b = 1;
smp_cond_load_acquire(G.f, 1);
wake_up_process(G.t); exit();
}
export function setup(): void { ${TWO_IDLES}
G.t = task_create<task>(sleeper, cpumask_of(0), 0); task_start_on(G.t, 0);
task_start_on(task_create<task>(waker, cpumask_of(1), 0), 1); }`;
  expectAgreement(source, 2, 2);
});

test("a CPU that the text names is not like the others", () => {
  const machine = (body: string): string => `export interface task extends struct { extra: int; }
export interface local extends struct { v: int; }
export const L = DEFINE_PER_CPU<local>();
${global("x: int; y: int; m: cpumask_t; c: cpu_t;")}
export function main(): void {\nlocal_irq_enable();\n${body}\n}
export function setup(): void {
for (const cpu of for_each_possible_cpu()) task_start_on(task_create<task>(main, cpumask_of(cpu), 0), cpu);
}
`;
  expectAgreement(machine("if (smp_processor_id() === 1) G.x = 1; else G.y = G.x;"), 2, 2);
  expectAgreement(
    machine("const v = per_cpu(L, 1).v; this_cpu(L).v = v + 1; G.c = smp_processor_id();"),
    2,
    4,
  );
  expectAgreement(machine("cpumask_set_cpu(1, G.m); cpumask_clear_cpu(smp_processor_id(), G.m);"), 3, 2);
  expectAgreement(
    machine("const none = cpumask_of(2); if (cpumask_has(none, smp_processor_id())) G.x = G.x + 1;"),
    3,
    1,
  );
});

test("an object is freed between two accesses to fields that nobody writes", () => {
  const declarations = `export interface obj extends struct { v: int; }\n${global("p: obj; z: int;")}`;
  const source = bareMachine(declarations, ["const v = G.p.v; G.z = 1;", "free(G.p);"]);
  expectAgreement(source.replace("setup(): void {", "setup(): void {\nG.p = alloc<obj>();"), 2, "uaf");
});
