/** Where woken tasks go, and what a CPU takes that is about to idle: rules of select_task_rq_fair() and newidle_balance(). */
import { beforeEach, describe, expect, it } from "vitest";
import { Balance } from "../../../src/sim/mp/balance.ts";
import { pricesOf, toPs } from "../../../src/sim/mp/figures.ts";
import { Placement } from "../../../src/sim/mp/placement.ts";
import { NONE, RunQueues } from "../../../src/sim/mp/run_queues.ts";
import { Tasks } from "../../../src/sim/mp/tasks.ts";
import { Topology } from "../../../src/sim/mp/topology.ts";
import { machine } from "./support.ts";

/** 6 caches of 6 cores of 2 threads. */
const profile = machine("epyc-milan-36c");
const CPUS = 72;
const CACHE = 12;
const topology = new Topology(profile.shape, CPUS);
const LONG = toPs(1e9);

describe("a task that is woken and may run anywhere", () => {
  let loads: number[];
  let tasks: Tasks;
  let placement: Placement;
  let task: number;
  const last = (cpu: number): void => {
    tasks.lastCpu[task] = cpu;
  };

  beforeEach(() => {
    loads = new Array<number>(CPUS).fill(1);
    tasks = new Tasks();
    const cpus = {
      isIdle: (cpu: number): boolean => loads[cpu] === 0,
      load: (cpu: number): number => loads[cpu] ?? 0,
      current: (): number => 0,
    };
    placement = new Placement(tasks, cpus, topology);
    tasks.add(0, CPUS - 1, 1);
    task = tasks.add(0, CPUS - 1, 2);
  });

  it("goes to its last CPU, if that idles and shares the waker's cache", () => {
    last(3);
    loads[3] = 0;
    expect(placement.placeFor(0, task, true, 0)).toBe(3);
  });

  it("goes to the waker's cache from another one, when the waker says that it sleeps and is alone", () => {
    last(CACHE);
    loads[CACHE] = 0;
    loads[5] = 0;
    expect(placement.placeFor(0, task, true, 0)).toBe(5);
    loads[5] = 1;
    expect(placement.placeFor(0, task, true, 0)).toBe(0);
    // Without the hint its last CPU, which idles, is the better one.
    expect(placement.placeFor(0, task, false, 0)).toBe(CACHE);
  });

  it("prefers a core that idles as a whole to a thread that does", () => {
    last(0);
    loads[0] = 3;
    loads[3] = 0;
    loads[6] = 0;
    loads[7] = 0;
    expect(placement.placeFor(0, task, true, 0)).toBe(6);
    loads[7] = 1;
    expect(placement.placeFor(0, task, true, 0)).toBe(3);
  });

  it("never looks below another cache, and waits where fewer wait", () => {
    last(CACHE);
    loads[0] = 2;
    loads[CACHE] = 4;
    loads[2 * CACHE] = 0;
    expect(placement.placeFor(0, task, true, 0)).toBe(0);
    loads[0] = 5;
    expect(placement.placeFor(0, task, true, 0)).toBe(CACHE);
  });

  it("stays where it was once its waker wakes many and it wakes many too", () => {
    last(CACHE);
    loads[CACHE] = 4;
    const others = Array.from({ length: CACHE * CACHE + CACHE }, () => tasks.add(0, CPUS - 1, 3));
    const wakers = [0, task];
    const current = { by: 0 };
    const cpus = {
      isIdle: (): boolean => false,
      load: (cpu: number): number => loads[cpu] ?? 0,
      current: (): number => current.by,
    };
    placement = new Placement(tasks, cpus, topology);
    expect(placement.placeFor(0, task, true, 0)).toBe(0);
    for (const by of wakers) {
      current.by = by;
      for (const other of by === 0 ? others : others.slice(0, CACHE)) placement.placeFor(0, other, true, 0);
    }
    current.by = 0;
    expect(placement.placeFor(0, task, true, 0)).toBe(CACHE);
  });
});

describe("a CPU that is about to idle", () => {
  let tasks: Tasks;
  let queues: RunQueues;
  let balance: Balance;
  let running: Set<number>;
  const wait = (cpu: number, ranAt: number): number => {
    const task = tasks.add(0, CPUS - 1, 1);
    tasks.ranAt[task] = ranAt;
    queues.append(cpu, task);
    balance.queued(cpu);
    return task;
  };
  const anything = (): boolean => true;

  beforeEach(() => {
    tasks = new Tasks();
    queues = new RunQueues(CPUS);
    running = new Set(Array.from({ length: CPUS }, (_, cpu) => cpu));
    const load = (cpu: number): number => queues.length(cpu) + (running.has(cpu) ? 1 : 0);
    const cpus = { isIdle: (cpu: number): boolean => load(cpu) === 0, load, current: (): number => 0 };
    balance = new Balance(tasks, queues, cpus, topology, pricesOf(profile));
  });

  it("looks near to far, takes one from the longest queue, and pays for each CPU that it looks at", () => {
    const far = wait(5 * CACHE, 0);
    const near = wait(CACHE - 1, 0);
    expect(balance.pull(0, LONG, anything)).toBe(near);
    const once = balance.cost;
    expect(balance.pull(0, LONG, anything)).toBe(far);
    expect(balance.cost).toBeGreaterThan(once);
    expect([queues.length(CACHE - 1), queues.length(5 * CACHE)]).toEqual([0, 0]);
  });

  it("leaves a task that has just run, unless it waits on the same core", () => {
    const hot = wait(4, LONG - toPs(400_000));
    const cold = wait(4, LONG - toPs(600_000));
    expect(balance.pull(0, LONG, anything)).toBe(cold);
    expect(balance.pull(0, LONG, anything)).toBe(NONE);
    expect(balance.pull(5, LONG, anything)).toBe(hot);
  });

  it("takes nothing that may not move, and does not look when its pauses are short", () => {
    wait(4, 0);
    expect(balance.pull(0, LONG, () => false)).toBe(NONE);
    for (let i = 0; i < 100; i++) balance.idled(0, toPs(50));
    expect(balance.pull(0, LONG, anything)).toBe(NONE);
    expect(balance.cost).toBe(0);
    expect(balance.pull(1, LONG, anything)).not.toBe(NONE);
  });

  it("takes nothing from a CPU that is about to run its only task, and then looks no more", () => {
    wait(4, 0);
    running.delete(4);
    expect(balance.pull(0, LONG, anything)).toBe(NONE);
    expect(balance.cost).toBeGreaterThan(0);
    running.add(4);
    expect(balance.pull(0, LONG, anything)).toBe(NONE);
    expect(balance.cost).toBe(0);
    wait(4, 0);
    expect(balance.pull(0, LONG, anything)).not.toBe(NONE);
  });

  it("does not look when nobody waits", () => {
    expect(balance.pull(0, LONG, anything)).toBe(NONE);
    expect(balance.cost).toBe(0);
  });
});
