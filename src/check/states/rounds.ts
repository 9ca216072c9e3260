/**
 * A search that is repeated until it has learnt nothing new: where a memory lets reads take values that are written later,
 * it has to know which values are written at all (`weak/guesses.ts`). The first round knows of none, so that what goes wrong
 * without such reads is found without them.
 */
import type { World } from "../../world/world.ts";
import { type SearchOptions, type SearchResult, search } from "./search.ts";

/** The result of the last round, or of the first that was not exhausted. */
export function searchInRounds(world: World, options: SearchOptions): SearchResult {
  for (;;) {
    const found = search(world, options);
    if (found.end.kind !== "exhausted" || world.memory?.nextRound() !== true) return found;
  }
}
