/**
 * Objects from `alloc` that somebody can still get at: a register, a field, or a write that can still be read points to them.
 */
import type { MemoryShape } from "../../world/graph_memory.ts";
import { LIFE } from "../../world/layout.ts";
import type { CellPlace } from "./accesses.ts";
import type { LiveGraph } from "./live_graph.ts";

export class Reachable {
  readonly #shape: MemoryShape;
  readonly #live: LiveGraph;
  /** Of the state at hand, by life cell; filled as asked. */
  readonly #known = new Map<number, boolean>();
  #state: Int32Array;

  constructor(shape: MemoryShape, live: LiveGraph) {
    this.#shape = shape;
    this.#live = live;
    this.#state = new Int32Array(shape.layout.size);
  }

  /** From now on the question is about `s` and the graph at hand. */
  lookAt(s: Int32Array): void {
    this.#state = s;
    this.#known.clear();
  }

  /** Somebody can get at the object that a place belongs to. */
  has({ struct, object, life }: CellPlace): boolean {
    return this.#isReachable(struct, object, life);
  }

  /** `value` of a field points to a freed object that nobody can get at any more: no write of it will come. */
  isGone({ struct, field }: CellPlace, value: number): boolean {
    const { program, layout } = this.#shape;
    const type = program.structs[struct]?.fields[field]?.type;
    if (type?.kind !== "ptr") return false;
    const pooled = value - (layout.globals[type.struct] ?? 0) - 1;
    const life = pooled < 0 ? -1 : (layout.lifeBase[type.struct] ?? 0) + pooled;
    return life >= 0 && this.#state[life] === LIFE.freed && !this.#isReachable(type.struct, value, life);
  }

  #isReachable(struct: number, object: number, life: number): boolean {
    const known = this.#known.get(life);
    if (known !== undefined) return known;
    const found = this.#shape.pointsTo(this.#state, struct, object) || this.#writePointsTo(struct, object);
    this.#known.set(life, found);
    return found;
  }

  #writePointsTo(struct: number, object: number): boolean {
    const { graph, cell } = this.#live;
    const { cells } = this.#shape.layout;
    for (let e = 0; e < graph.n; e++) {
      const kind = cells[cell[e] ?? -1];
      if (kind?.kind === "ptr" && kind.struct === struct && graph.value[e] === object) return true;
    }
    return this.#live.past.holds((at, value) => {
      const kind = cells[at];
      return kind?.kind === "ptr" && kind.struct === struct && value === object;
    });
  }
}
