/**
 * A witness under a memory model with no more disorder than its violation needs: where a read took an old write, or a
 * store went before others, the newest write and the last place are tried, and kept where the same moves still lead to the
 * same violation. A person who asks which barrier is missing should not be told of a stale read that does no harm.
 */
import { type Fault, MOVE_BITS, MOVE_IRQ, type World } from "../../world/world.ts";
import { finalFault, MOST_MOVES } from "./search.ts";

const CODE = (1 << MOVE_BITS) - 1;

/** As many moves as `moves`, to a fault of the same property and object. */
export function plainest(world: World, moves: readonly number[], fault: Fault): readonly number[] {
  let best = moves;
  for (const [i, move] of moves.entries()) {
    const outcome = move & CODE;
    if (outcome === 0 || outcome >= MOVE_IRQ) continue;
    const plain = best.map((other, j) => (j === i ? other - outcome : other));
    if (leadsTo(world, plain, fault)) best = plain;
  }
  return best;
}

/** The moves are possible one after the other, and the last breaks what `fault` says. */
function leadsTo(world: World, moves: readonly number[], fault: Fault): boolean {
  const state = world.initial();
  const offered = new Int32Array(MOST_MOVES);
  for (const [i, move] of moves.entries()) {
    const n = world.transitions(state, offered);
    if (!offered.subarray(0, n).includes(move)) return false;
    world.apply(state, move);
    if (world.refused || world.outOf !== undefined) return false;
    if (world.fault !== undefined) return i === moves.length - 1 && isSame(world.fault, fault);
  }
  const ended = world.transitions(state, offered) === 0 ? finalFault(world, state) : undefined;
  return ended !== undefined && isSame(ended, fault);
}

function isSame(a: Fault, b: Fault): boolean {
  return a.property === b.property && a.struct === b.struct && a.object === b.object;
}
