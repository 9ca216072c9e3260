/**
 * Memory as an execution graph under any model: what `src/world` runs a machine on when it is to be checked under `lkmm`,
 * `aarch64`, `power` or a file of the user's.
 *
 * The machine goes forward in an order of which program order and reads-from are part, and the graph holds what that
 * order leaves open: which of the writes that are there a read takes, and where in the coherence order a write goes. A
 * graph is kept as a number in the state vector; equal graphs have equal numbers. After each step what cannot matter any
 * more is forgotten (`liveness.ts`), which is why a machine that has come to rest has the same state as under sequential
 * consistency, and why loops come round.
 */

import type { Model } from "../../memory/model.ts";
import type { GraphMemory, MemoryShape, Message, Suspicion } from "../../world/graph_memory.ts";
import { LIFE, TASK } from "../../world/layout.ts";
import { fieldKey } from "../../world/ownership.ts";
import type { FieldUse } from "./accesses.ts";
import { compact, type Keep } from "./compact.ts";
import { LateAccesses } from "./late.ts";
import { Liveness, MOST_STALE } from "./liveness.ts";
import { Records } from "./records.ts";
import { GraphStep, SPARE_CELLS } from "./step.ts";

/** Room for messages behind the cells of a state: two CPUs and a kind. */
const MESSAGES: readonly Message[] = ["ipi", "ipi-done", "nmi", "dead", "later"];
const MOST_CPUS = 8;
const MESSAGE_CELLS = MESSAGES.length * MOST_CPUS * MOST_CPUS;
const MOST_CALLBACKS = 8;
const ALL_CPUS = (1 << MOST_CPUS) - 1;

export class WeakMemory extends GraphStep implements GraphMemory {
  readonly deps: Int32Array;
  late = -1;

  /** A CPU could have missed more writes of a location than are kept. */
  get limited(): boolean {
    return this.#liveness.limited;
  }

  readonly #liveness: Liveness;
  readonly #records = new Records();
  readonly #registers: readonly number[];
  /** Those of registers, and those of the conditions that a frame is under. */
  readonly #depCells: readonly number[];
  readonly #keep: Keep;
  /** Where the model lets a CPU run ahead of its accesses. */
  readonly #late: LateAccesses | undefined;
  #lateUse: { readonly use: number; readonly death: number } | undefined;
  /** Somebody waits for tasks to end. */
  readonly #joins: boolean;
  /** Violations that were found while a read waited. */
  readonly #suspicions: Suspicion[] = [];
  /** The CPUs that the move at hand has handed something over to, one bit each. */
  #handed = 0;
  #number = -1;
  /** The graph at hand is not that of `#number` any more: a step has worked on it. */
  #changed = false;

  /** @param mostStale Writes of a location that a CPU may have missed at once (`liveness.ts`). */
  constructor(
    shape: MemoryShape,
    model: Model,
    keep: Keep = "least",
    capacity?: number,
    mostStale: number = MOST_STALE,
  ) {
    super(shape, model, shape.layout.size + MESSAGE_CELLS + MOST_CALLBACKS + SPARE_CELLS, capacity);
    const { layout, sites } = shape;
    this.#late = this.overtaking && new LateAccesses(this.live, this.checker);
    this.#keep = keep;
    if (keep === "all") this.followPaths();
    this.#joins = sites.some(({ op }) => op.op === "task.wait-others");
    const hasOneWriter = (cell: number): boolean => this.accesses.hasOneWriter(cell);
    this.#liveness = new Liveness(this.live, this.checker, layout.cpus, hasOneWriter, mostStale);
    this.offers.keepsAll = keep === "all";
    this.deps = new Int32Array(layout.size * (1 + shape.slots));
    const cellsOf = (wanted: string): number[] =>
      layout.cells.flatMap(({ kind }, cell) => (kind === wanted ? [cell] : []));
    this.#registers = cellsOf("reg");
    const slots = Array.from({ length: shape.slots }, (_, slot) => layout.size + slot);
    const conditions = cellsOf("step").flatMap((cell) => slots.map((slot) => slot + cell * shape.slots));
    this.#depCells = model.relations.includes("ctrl") ? [...this.#registers, ...conditions] : this.#registers;
  }

  nextRound(): boolean {
    return this.guesses?.nextRound() === true;
  }

  followPaths(): void {
    if (this.guesses !== undefined) this.guesses.all = true;
  }

  suspect(fault: Suspicion): void {
    if (this.live.suspicion > 0) return;
    const same = this.#suspicions.findIndex((known) => isSame(known, fault));
    this.live.suspicion = same >= 0 ? same + 1 : this.#suspicions.push(fault);
  }

  suspected(): Suspicion | undefined {
    return this.waiting > 0 ? undefined : this.#suspicions[this.live.suspicion - 1];
  }

  // ---- between states and graphs -------------------------------------------------------------------------------

  open(s: Int32Array): void {
    this.s = s;
    this.refused = false;
    this.#look(s);
    const number = s[this.shape.layout.graph] ?? 0;
    if (number === this.#number && !this.#changed) return;
    this.live.restore(this.#records.get(number), this.#depCells, this.deps);
    this.waiting = this.live.countWaiting();
    this.#number = number;
    this.#changed = false;
  }

  /** What can be reached, and may still be done, is asked of `s`. */
  #look(s: Int32Array): void {
    this.reachable.lookAt(s);
    this.lookAhead(s);
  }

  protected lookAhead(s: Int32Array): void {
    this.accesses.lookAt(s, this.shape.standing);
  }

  begin(s: Int32Array): void {
    this.open(s);
    this.#changed = true;
    this.#handed = 0;
  }

  close(s: Int32Array, c: number): void {
    const live = this.live;
    const { kept, sources } = this.#liveness;
    this.#look(s);
    if (this.waiting === 0) this.#noteWrites();
    else if (!this.mayGoOn(c) || !this.#allMayBeLate()) {
      this.refused = true;
      return;
    }
    if (this.local)
      this.#liveness.compute(
        (c, cell) => this.#use(c, cell),
        (e) => this.#mayBeLate(e),
      );
    else this.#liveness.keepAll();
    if (this.#keep !== "all" && live.n > 0) {
      const use = (cell: number): FieldUse | undefined => this.#anyUse(cell);
      compact(live, this.#liveness, { use, needed: this.needed(), barriers: this.#keep === "barriers" });
    }
    const record = live.record(kept, sources, this.#depCells, this.deps);
    s[this.shape.layout.graph] = this.#records.numberOf(record);
  }

  /** What has been written, in an execution in which every read has its write. */
  #noteWrites(): void {
    const { guesses, accesses } = this;
    if (guesses === undefined) return;
    const { graph, cell } = this.live;
    for (let e = 0; e < graph.n; e++) {
      if ((graph.place[e] ?? -1) < 0 || accesses.placeOf(cell[e] ?? 0) === undefined) continue;
      guesses.note(cell[e] ?? 0, graph.thread[e] ?? 0, graph.value[e] ?? 0);
    }
  }

  /**
   * CPU `c` has moved because of something that has happened since a read began to wait. A read need only wait where nobody
   * could move before it did: every other CPU was at a read, too, whose write came later. So each of them goes on with a
   * read of what a CPU that goes on has written, with a guess of its own, or because of what the machine has handed over.
   * (Where all CPUs stand there is a ring of them, each waiting for a store behind the read at which the next one stands;
   * in one of them that store is not ordered behind the read, or `overtaking.ts` would be wrong about the model.)
   */
  protected mayGoOn(c: number): boolean {
    const { live } = this;
    if (((live.going >> c) & 1) === 0 && !this.#comesAfterWaiting(c)) return false;
    live.going |= this.#handed | (1 << c);
    return true;
  }

  #comesAfterWaiting(c: number): boolean {
    const { live } = this;
    let last = live.n - 1;
    while (last >= 0 && live.graph.thread[last] !== c) last--;
    return last >= 0 && live.comesAfterWaiting(last);
  }

  /** For every read that waits a write may still come. */
  #allMayBeLate(): boolean {
    const { graph, cell } = this.live;
    for (let e = 0; e < this.live.n; e++) {
      if (!this.live.isWaiting(e)) continue;
      if (!this.accesses.mayBeWrittenByOthers(graph.thread[e] ?? 0, cell[e] ?? 0)) return false;
      if (!this.hasRoom(e)) return false;
      if (this.overtaking?.mayBeLate(e) === false) return false;
    }
    return true;
  }

  /**
   * The write that read `e` waits for has a place left: before whatever the CPU has done to the location since, and behind
   * whatever the CPU that makes it has.
   */
  protected hasRoom(e: number): boolean {
    const { graph } = this.live;
    const location = graph.location[e] ?? 0;
    // What there was before all writes need not be an event.
    let slot = Math.max(1, graph.count[location] ?? 0);
    for (let o = e + 1; o < graph.n; o++) {
      if (graph.thread[o] !== graph.thread[e] || graph.location[o] !== location) continue;
      const at = (graph.place[o] ?? -1) >= 0 ? graph.place[o] : graph.place[graph.source[o] ?? -1];
      if (at !== undefined && at < slot) slot = at;
    }
    for (let c = 0; c < this.shape.layout.cpus; c++)
      if (c !== graph.thread[e] && this.offers.lowest(c, location) < slot) return true;
    return false;
  }

  /** Reads that some register depends on. */
  protected needed(): number {
    let mask = 0;
    for (const cell of this.#registers) mask |= this.deps[cell] ?? 0;
    return mask;
  }

  /** What anybody may still do at a cell; undefined for that of a message. */
  #anyUse(cell: number): FieldUse | undefined {
    const place = this.accesses.placeOf(cell);
    return place === undefined ? undefined : this.accesses.ofAny(cell);
  }

  /** An access to an object that may still be freed, which nothing orders before what could lead to that. */
  #mayBeLate(e: number): boolean {
    const { graph, cell } = this.live;
    if (this.overtaking === undefined || (graph.thread[e] ?? -1) < 0 || (graph.location[e] ?? -1) < 0)
      return false;
    if (this.live.isWaiting(e)) return true;
    const place = this.accesses.placeOf(cell[e] ?? 0);
    if (place === undefined || place.life < 0 || this.s[place.life] === LIFE.freed) return false;
    return (
      (graph.partner[e] ?? -1) < 0 &&
      this.accesses.mayBeFreedByOthers(graph.thread[e] ?? 0, place.struct) &&
      this.overtaking.mayBeLate(e)
    );
  }

  #use(c: number, cell: number): FieldUse {
    return this.accesses.of(c, cell, (place) => this.reachable.has(place));
  }

  // ---- fences, death -------------------------------------------------------------------------------------------

  fence(site: number, c: number): boolean {
    const known = this.shape.sites[site];
    if (known === undefined) return true;
    // A grace period that others wait for may end with this.
    if (known.op.op !== "fence") this.#handed = ALL_CPUS;
    // A lock that only this CPU takes makes no events, and the fence behind it would have nothing to hold on to.
    if (known.op.op === "fence" && known.op.kind === "after-spinlock" && !this.#hasLocked(c))
      return this.#mb(c);
    return this.addFence(this.classes.fence(known), c);
  }

  free(c: number, struct: number, object: number, life: number): boolean {
    const { layout, program, shared } = this.shape;
    this.late = -1;
    const stride = layout.stride[struct] ?? 0;
    const first = (layout.objectBase[struct] ?? 0) + (object - 1) * stride;
    for (let f = 0; f < (program.structs[struct]?.fields.length ?? 0); f++) {
      if (!shared.has(fieldKey(struct, f))) continue;
      if (this.isFull()) return this.refuse();
      if (!this.append(this.classes.poison, c, first + f, 0)) return false;
      const late = this.#late?.find(this.live.n - 1) ?? -1;
      if (late < 0) continue;
      this.late = this.live.graph.thread[late] ?? 0;
      this.#lateUse = { use: late, death: this.live.n - 1 };
    }
    return !this.isFull() && this.append(this.classes.poison, c, life, LIFE.freed);
  }

  /** The use that the last `free` found late takes its place behind the death; false when there is none. */
  protected settleLate(): boolean {
    if (this.late < 0 || this.#lateUse === undefined) return false;
    this.#late?.settle(this.#lateUse.use, this.#lateUse.death);
    return true;
  }

  mayBeDead(c: number, life: number): boolean {
    if (this.s[life] !== LIFE.freed) return false;
    const live = this.live;
    const location = live.locationOf(life);
    const count = location < 0 ? 0 : (live.graph.count[location] ?? 0);
    // Everybody knows: no event is left of it.
    if (count === 0) return true;
    if (this.isFull()) return true;
    const source = live.graph.order[location * live.graph.writes + count - 1] ?? 0;
    const probe = live.add(c, this.classes.probe, life, LIFE.freed);
    live.graph.readFrom(source, probe);
    const allowed = this.confirm();
    live.remove();
    return allowed;
  }

  confirm(): boolean {
    const live = this.live;
    const { graph } = live;
    let added = 0;
    const unlock = this.classes.tagged("F", "Rcu-unlock");
    for (let c = 0; c < this.shape.layout.cpus; c++) {
      for (let depth = this.depth(c); depth > 0 && graph.n < this.most; depth--, added++)
        live.add(c, unlock, -1, 0);
    }
    const holds = this.consistent();
    for (; added > 0; added--) live.remove();
    return holds;
  }

  // ---- between contexts ----------------------------------------------------------------------------------------

  send(message: Message, from: number, to: number): boolean {
    this.#handed |= message === "dead" ? ALL_CPUS : 1 << to;
    const cell = this.#messageCell(message, from, to);
    const full = message === "ipi" || message === "nmi";
    if (full && !this.#mb(from)) return false;
    const cls = this.classes.tagged("W", full ? "Once" : "Release");
    if (this.isFull()) return this.refuse();
    if (!this.append(cls, from, cell, 0)) return false;
    return !full || this.#mb(from);
  }

  receive(message: Message, from: number, to: number): boolean {
    const cell = this.#messageCell(message, from, to);
    const full = message === "ipi" || message === "nmi";
    if (full && !this.#mb(to)) return false;
    if (!this.acquire(to, cell)) return false;
    return !full || this.#mb(to);
  }

  schedule(what: "finish" | "pick" | "wake" | "die", c: number, t: number): boolean {
    const T = this.shape.layout.taskBase[t] ?? 0;
    const allowed = this.shape.affinity[t] ?? 0;
    // Who may run a task knows whether it may be picked; that a task has ended, whoever waits for all.
    this.#handed |= what === "die" ? ALL_CPUS : allowed;
    switch (what) {
      case "finish":
        // A task that stays where it is has nothing to tell another CPU.
        return (allowed & (allowed - 1)) === 0 || this.#release(c, T + TASK.onCpu);
      case "pick":
        return this.acquire(c, T + TASK.onCpu) && this.acquire(c, T + TASK.state);
      case "wake":
        return this.#mb(c) && this.#release(c, T + TASK.state);
      default:
        return !this.#joins || this.#release(c, T + TASK.state);
    }
  }

  mayMiss(c: number): boolean {
    const { thread, n } = this.live.graph;
    for (let e = 0; e < n; e++) if ((thread[e] ?? -1) >= 0 && thread[e] !== c) return true;
    return this.live.past.some;
  }

  settle(c: number): boolean {
    for (let other = 0; other < this.shape.layout.cpus; other++)
      if (other !== c && !(this.send("later", other, c) && this.receive("later", other, c))) return false;
    return true;
  }

  joinTasks(c: number): boolean {
    const { layout } = this.shape;
    for (let t = 1; t <= layout.tasks; t++) {
      if (!this.acquire(c, (layout.taskBase[t] ?? 0) + TASK.state)) return false;
    }
    return true;
  }

  callback(what: "queue" | "run", c: number, i: number): boolean {
    this.#handed = ALL_CPUS;
    const cell = this.shape.layout.size + MESSAGE_CELLS + i;
    if (what === "queue") return this.#release(c, cell);
    return this.acquire(c, cell) && this.addFence(this.classes.tagged("F", "Sync-rcu"), c);
  }

  readers(begun: number, ended: number): boolean {
    if (begun !== 0 || ended !== 0) this.#handed = ALL_CPUS;
    for (let c = 0; c < this.shape.layout.cpus; c++) {
      if (((ended >> c) & 1) !== 0 && !this.addFence(this.classes.tagged("F", "Rcu-unlock"), c)) return false;
      if (((begun >> c) & 1) !== 0 && !this.addFence(this.classes.tagged("F", "Rcu-lock"), c)) return false;
    }
    return true;
  }

  #messageCell(message: Message, sender: number, to: number): number {
    const from = message === "nmi" ? to : sender;
    return this.shape.layout.size + (MESSAGES.indexOf(message) * MOST_CPUS + from) * MOST_CPUS + to;
  }

  /** The last access of CPU `c` in the graph took a lock. */
  #hasLocked(c: number): boolean {
    const { graph, cls, classes, cell } = this.live;
    for (let e = graph.n - 1; e >= 0; e--)
      if (graph.thread[e] === c && (cell[e] ?? -1) >= 0) return classes[cls[e] ?? 0]?.lock === true;
    return false;
  }

  barrier(c: number): boolean {
    this.#handed = ALL_CPUS;
    return this.#mb(c);
  }

  #mb(c: number): boolean {
    return this.addFence(this.classes.tagged("F", "Mb"), c);
  }

  #release(c: number, cell: number): boolean {
    if (this.isFull()) return this.refuse();
    const now = cell < this.shape.layout.size ? (this.s[cell] ?? 0) : 0;
    return this.append(this.classes.tagged("W", "Release"), c, cell, now);
  }
}

function isSame(a: Suspicion, b: Suspicion): boolean {
  return (
    a.property === b.property &&
    a.at === b.at &&
    a.struct === b.struct &&
    a.object === b.object &&
    a.holder === b.holder
  );
}
