/** The choices that lead to the current node of a search, and which of them a part of a split search is limited to. */

import type { Part } from "./counts.ts";

export class Choices {
  /** On the way to the root of the part that is explored: whoever cut the search here has counted these nodes. */
  replaying = false;
  readonly #path: number[] = [];
  #depth = 0;
  /** Choices that are given, and where to stop. */
  #prefix: readonly number[] = [];
  #limit = Number.POSITIVE_INFINITY;
  #onCut: ((path: readonly number[]) => void) | undefined;

  start({ prefix, depth, onCut }: Part): void {
    this.#prefix = prefix;
    this.#limit = depth ?? Number.POSITIVE_INFINITY;
    this.#onCut = onCut;
    this.#depth = 0;
    this.replaying = prefix.length > 0;
  }

  get path(): readonly number[] {
    return this.#path.slice(0, this.#depth);
  }

  /** The one choice that is to be explored here, if it is given. */
  get given(): number | undefined {
    return this.#prefix[this.#depth];
  }

  /** Whether choice k is to be explored here; if so, `leave` ends it. */
  enter(k: number): boolean {
    const depth = this.#depth;
    if (depth < this.#prefix.length && this.#prefix[depth] !== k) return false;
    this.#path[depth] = k;
    this.#depth = depth + 1;
    return true;
  }

  leave(): void {
    this.#depth--;
  }

  /** Whether the part ends at this node, which is then somebody else's to explore. */
  isCut(): boolean {
    if (this.#depth >= this.#limit) {
      this.#onCut?.(this.path);
      return true;
    }
    if (this.#depth >= this.#prefix.length) this.replaying = false;
    return false;
  }
}
