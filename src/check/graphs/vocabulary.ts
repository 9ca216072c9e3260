/**
 * Which primitive sets of a memory model the events of an op are in.
 *
 * This is the engine's half of what a bell file declares: one set per tag, its first letter a capital, and the kinds
 * R W M F RMW LKR LKW UL LF RL RU. A tag comes from the op where it carries one (litmus tests) and follows from its
 * order otherwise (Kernel TypeScript). An acquire belongs to the read of a read-modify-write and a release to its
 * write; the other half is `Once`. The read of a conditional one that fails has no ordering at all: `Once`, in `RMW`.
 *
 * A model that does not know locks (it mentions no LKR) sees an acquiring RMW and a releasing store in their place.
 */

import { internalBug } from "../../base/assert.ts";
import type { Op, Order, TaggedUpdate } from "../../ir/types.ts";
import { setOfTag } from "../../memory/build/primitives.ts";

/** Names of sets per event that an op may make. An op makes a fence, a write, a read, or a read and a write. */
export interface EventSets {
  /** Of the read, where the op also writes or never does. */
  readonly read: readonly string[];
  /** Of a conditional op's read, when it does not write. */
  readonly failed: readonly string[];
  /** Of the write, or of the fence. */
  readonly write: readonly string[];
  /** Of the fences around an update that succeeds, for models older than Linux 6.15; absent where there are none. */
  readonly fenced?: readonly string[];
}

const ORDER_TAGS: Readonly<Record<Order, string | undefined>> = {
  plain: undefined,
  once: "once",
  relaxed: "once",
  acquire: "acquire",
  release: "release",
  full: "mb",
};

const tagSet = (tag: string | undefined): readonly string[] => (tag === undefined ? [] : [setOfTag(tag)]);

const READ = ["R", "M"];
const WRITE = ["W", "M"];
const FAILED = [...READ, "RMW", "X", "Once"];

/** The sets of the events of a visible op. `locks`: the model knows lock events. */
export function eventSets(op: Op, locks: boolean): EventSets {
  switch (op.op) {
    case "load":
    case "store":
    case "mask.load":
    case "mask.test":
    case "await":
    case "srcu.lock":
    case "srcu.unlock":
      return accessSets(op.op, tagOf(op));
    case "rmw":
    case "cmpxchg":
    case "add-unless":
      return updateSets(tagOf(op), op);
    case "mask.set":
    case "mask.clear":
      return updateSets(tagOf(op), {});
    case "lock":
    case "trylock":
    case "unlock":
    case "lock.test":
      return lockSets(op.op, locks);
    default:
      return fenceSets(op);
  }
}

function tagOf(op: Op): string | undefined {
  if ("tag" in op && op.tag !== undefined) return op.tag;
  if (op.op === "await") return ORDER_TAGS[op.order ?? "acquire"];
  if (op.op === "mask.load" || op.op === "mask.test") return "once";
  // set_bit() orders nothing; test_and_set_bit() is a full barrier (Documentation/atomic_bitops.txt).
  if (op.op === "mask.set" || op.op === "mask.clear") {
    const order = op.order ?? (op.dst === undefined ? "relaxed" : "full");
    return order === "relaxed" && op.dst === undefined ? "noreturn" : ORDER_TAGS[order];
  }
  if (op.op === "rmw" && op.result === "none" && op.order === "relaxed") return "noreturn";
  return "order" in op ? ORDER_TAGS[op.order] : undefined;
}

function accessSets(name: Op["op"], tag: string | undefined): EventSets {
  const write = name === "store" || name === "srcu.unlock";
  const sets = [...(write ? WRITE : READ), ...tagSet(tag)];
  return write ? { read: [], failed: [], write: sets } : { read: sets, failed: sets, write: [] };
}

function updateSets(tag: string | undefined, given: TaggedUpdate): EventSets {
  const half = (other: string): readonly string[] => tagSet(tag === other ? "once" : tag);
  const write = given.writeTag === undefined ? half("acquire") : tagSet(given.writeTag);
  return {
    read: [...READ, "RMW", "X", ...half("release")],
    failed: FAILED,
    write: [...WRITE, "RMW", "X", ...write],
    ...(given.fenced === undefined ? {} : { fenced: ["F", ...tagSet(given.fenced)] }),
  };
}

function lockSets(name: "lock" | "trylock" | "unlock" | "lock.test", locks: boolean): EventSets {
  if (name === "unlock") return { read: [], failed: [], write: locks ? ["UL"] : [...WRITE, "Release"] };
  // The read of `spin_is_locked`: RL when it finds the lock taken, RU when free.
  if (name === "lock.test") {
    return locks
      ? { read: ["RL"], failed: ["RU"], write: [] }
      : { read: [...READ, "Once"], failed: [...READ, "Once"], write: [] };
  }
  return locks
    ? { read: ["LKR"], failed: ["LF"], write: ["LKW"] }
    : { read: [...READ, "RMW", "X", "Acquire"], failed: FAILED, write: [...WRITE, "RMW", "X", "Once"] };
}

function fenceSets(op: Op): EventSets {
  const sets = (...write: string[]): EventSets => ({ read: [], failed: [], write });
  switch (op.op) {
    case "fence":
      return sets("F", setOfTag(op.tag ?? (op.kind === "compiler" ? "barrier" : op.kind)));
    case "rcu.lock":
      return sets("F", "Rcu-lock");
    case "rcu.unlock":
      return sets("F", "Rcu-unlock");
    case "rcu.sync":
      return sets("F", "Sync-rcu");
    case "srcu.sync":
      return sets(setOfTag(op.tag));
    default:
      return internalBug(`${op.op} makes no event`);
  }
}
