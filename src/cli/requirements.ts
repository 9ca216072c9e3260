/**
 * What schemes need of an architecture, and which give it: declared in the heads of both (`@needs`, `@gives`), never
 * concluded from their text. A remark, not a verdict: whether a scheme is sound somewhere, `check` finds out.
 */

import { InputError } from "../base/input_error.ts";
import type { ArchSupport } from "../evidence/types.ts";
import { readHeadComment } from "./head_comment.ts";

/** The facts that there are, each in words that go after "needs" and "no". */
export const REQUIREMENTS = {
  "lazy-mask": "mm_cpumask with every CPU that is lazy on the mm, by active_mm, up to the final mmdrop",
  "root-mask": "mm_cpumask with every CPU that has the mm loaded",
  "exact-mask": "mm_cpumask without the CPUs that have left the mm",
  "exit-ipi": "flush at exit that interrupts every CPU that may be lazy on the mm",
  "rcu-lazy": "grace period that waits for CPUs that are lazy, idle ones too",
} as const;
export type Requirement = keyof typeof REQUIREMENTS;

/** The facts behind one tag of a head comment; `file` is named where one is unknown. */
export function factsOf(file: string, text: string, tag: "needs" | "gives"): Requirement[] {
  const values = readHeadComment(text).tags.filter(([name]) => name === tag);
  return values
    .flatMap(([, value]) => value.split(/[\s,]+/))
    .flatMap((word) => {
      if (word === "" || word === "nothing") return [];
      if (word in REQUIREMENTS) return [word as Requirement];
      const known = Object.keys(REQUIREMENTS).join(", ");
      throw new InputError(`${file}: @${tag}: expected some of ${known}, found ${JSON.stringify(word)}`);
    });
}

/** How each architecture stands to what is needed. */
export function supportOf(
  needs: readonly Requirement[],
  arches: ReadonlyMap<string, readonly Requirement[]>,
): ArchSupport[] {
  return [...arches].map(([arch, gives]) => ({
    arch,
    lacks: needs.filter((need) => !gives.includes(need)).map((need) => REQUIREMENTS[need]),
  }));
}

/** For stderr: what a scheme needs and which of the architectures that were asked for do not give it, a line for each. */
export function requirementNotes(
  asked: readonly { readonly scheme: string; readonly arch: string }[],
  supportOfScheme: (scheme: string) => readonly ArchSupport[],
): string[] {
  const lacking = new Map<string, Set<string>>();
  for (const { scheme, arch } of asked) {
    const support = supportOfScheme(scheme).find((each) => each.arch === arch);
    for (const lack of support?.lacks ?? []) {
      const need = `${scheme} needs ${lack}`;
      lacking.set(need, (lacking.get(need) ?? new Set()).add(arch));
    }
  }
  return [...lacking].map(([need, arches]) => `${need}: not given by ${[...arches].join(", ")}`);
}
