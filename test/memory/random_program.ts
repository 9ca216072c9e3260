/** Random straight-line programs in the notation of `brute.ts`, and random reads-from and coherence for them. */

import fc from "fast-check";
import type { Model } from "../../src/memory/model.ts";
import { graphOf } from "./brute.ts";
import type { Pair, TestGraph } from "./test_graph.ts";

const ACCESSES = [
  "R",
  "W",
  "R.acquire",
  "W.release",
  "R.plain",
  "W.plain",
  "RMW",
  "RMW.mb",
  "RMW.acquire",
  "RMW.noreturn",
];
const FENCES = ["F.mb", "F.wmb", "F.rmb", "F.after-atomic", "F.before-atomic", "F.sync-rcu"];

const access = fc
  .tuple(
    fc.constantFrom(...ACCESSES),
    fc.constantFrom("x", "y"),
    fc.constantFrom("", "", " <data", " <addr", " <ctrl"),
  )
  .map(([kind, loc, dependency]) => `${kind} ${loc}${kind.startsWith("RMW") ? "" : dependency}`);
const section = access.map((inside) => `F.rcu-lock ; ${inside} ; F.rcu-unlock`);
const locked = access.map((inside) => `lock l ; ${inside} ; unlock l`);
const step = fc.oneof(
  { weight: 6, arbitrary: access },
  { weight: 3, arbitrary: fc.constantFrom(...FENCES) },
  { weight: 1, arbitrary: section },
  { weight: 1, arbitrary: locked },
);

/** A dependency needs a read before it: the first one of a thread has none. */
function withoutDangling(steps: readonly string[]): string {
  let read = false;
  return steps
    .flatMap((each) => each.split(" ; "))
    .map((each) => {
      const kept = read ? each : each.replace(/ <\w+$/, "");
      read ||= /^(R|RMW|lock)\b/.test(each);
      return kept;
    })
    .join(" ; ");
}

const thread = fc.array(step, { minLength: 1, maxLength: 4 }).map(withoutDangling);
export const randomText = fc
  .array(thread, { minLength: 2, maxLength: 3 })
  .map((threads) => threads.join(" || "));

/** Sections of SRCU, whose cookies may go through memory, between accesses that they order. */
const srcuStep = fc.oneof(
  { weight: 3, arbitrary: access },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      "R.srcu-lock s ; W y ; W.srcu-unlock s <data",
      "R.srcu-lock s ; W k <data ; R x",
      "W x ; R k ; W.srcu-unlock s <data",
      "R.srcu-lock s ; W.srcu-unlock s <data ; R.srcu-lock s ; W.srcu-unlock s <data",
    ),
  },
  { weight: 2, arbitrary: fc.constantFrom("F.sync-srcu s", "F.mb", "F.after-srcu-read-unlock") },
);
export const randomSrcuText = fc
  .array(fc.array(srcuStep, { minLength: 1, maxLength: 3 }).map(withoutDangling), {
    minLength: 2,
    maxLength: 3,
  })
  .map((threads) => threads.join(" || "));

/** An execution of a program that need not be consistent: each read reads some write, writes land in some order. */
export function someExecution(
  text: string,
  choices: readonly number[],
  ...models: readonly Model[]
): TestGraph {
  const graph = graphOf(text, ...models);
  let at = 0;
  const choose = (count: number): number => (choices[at++ % choices.length] ?? 0) % count;
  const is = (id: number, ...sets: string[]): boolean =>
    sets.some((set) => graph.events[id]?.sets.includes(set));
  const writes = graph.ids().filter((id) => is(id, "W", "LKW", "UL"));
  const sources = (id: number): readonly number[] =>
    writes.filter((each) => graph.events[each]?.loc === graph.events[id]?.loc);
  const reads = graph.ids().filter((id) => is(id, "R", "LKR"));
  graph.assign(
    "rf",
    reads.map((id): Pair => [sources(id)[choose(sources(id).length)] ?? 0, id]),
  );
  const co: Pair[] = [];
  for (const loc of new Set(writes.map((id) => graph.events[id]?.loc))) {
    const [first = 0, ...rest] = writes.filter((id) => graph.events[id]?.loc === loc);
    const order = [first];
    while (rest.length > 0) order.push(...rest.splice(choose(2) === 0 ? 0 : choose(rest.length), 1));
    co.push(...order.flatMap((a, i) => order.slice(i + 1).map((b): Pair => [a, b])));
  }
  graph.assign("co", co);
  return graph;
}
