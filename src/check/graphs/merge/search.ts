/** A search that explores nodes with equal futures once, if the model and the question allow it; else all. */

import { forwardLocal } from "../../../memory/locality.ts";
import type { Counts } from "../counts.ts";
import { Explorer } from "../explore.ts";
import type { Instance } from "../instance.ts";
import type { Visitor } from "../visitor.ts";
import { type MergeOptions, Merger } from "./merger.ts";

export interface MergedSearch {
  /** Of a merged search: leaves that were visited, not executions. */
  readonly counts: Counts;
  readonly merging: Merging;
}

export type Merging =
  | {
      readonly kind: "merged";
      /** Nodes explored; nodes left out because one like them had been. */
      readonly states: number;
      readonly merged: number;
      /** Nodes that could not be remembered because the tables were full: explored, perhaps more than once. */
      readonly forgotten: number;
      readonly bytes: number;
      /** Threads that are interchangeable, in groups of two and more. */
      readonly twins: readonly (readonly number[])[];
    }
  /** Every execution was visited; why merging would have been wrong. */
  | { readonly kind: "plain"; readonly why: string };

export const DEFAULT_BYTES = 1 << 30;

/**
 * Everything that is observed at the leaves, by what `options.observe` names, and each way in which a thread ends, is what
 * plain enumeration finds: the same final states up to an exchange of twins. Flags of the model are not; who asks for
 * them enumerates.
 */
export function mergedSearch(instance: Instance, visitor: Visitor, options: MergeOptions): MergedSearch {
  const locality = forwardLocal(instance.model, instance.absent);
  const part = { prefix: [], ...(options.most === undefined ? {} : { most: options.most }) };
  if (!locality.local) {
    const counts = new Explorer(instance, visitor).run(part);
    return { counts, merging: { kind: "plain", why: locality.why } };
  }
  const merger = new Merger(instance, locality, options);
  const counts = new Explorer(instance, visitor, merger).run(part);
  const { states, merged, forgotten, bytes, twins } = merger;
  return { counts, merging: { kind: "merged", states, merged, forgotten, bytes, twins: groupsOf(twins) } };
}

function groupsOf(twins: Int32Array): readonly (readonly number[])[] {
  const groups = [...new Set(twins)].map((first) => [...twins.keys()].filter((t) => twins[t] === first));
  return groups.filter((group) => group.length > 1);
}
