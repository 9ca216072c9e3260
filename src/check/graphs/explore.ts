/**
 * Visits every consistent execution graph of some threads exactly once, forwards only (guide C.1).
 *
 * A step makes one event. A read takes each write that is there in turn, and is then *deferred* if another write may
 * still come; a write takes each place in the coherence order in turn, and offers itself to every read that waits for
 * its location. So what leads to a given complete graph is forced at each step: a read takes its source if that is
 * there and waits otherwise, and a waiting read takes exactly the write that it waits for. No graph is reached twice
 * and none is missed, as long as the model is monotone (a part of a consistent graph is consistent) and no consistent
 * graph has a cycle of dependencies and reads-from; `guesses.ts` finds those in which a branch closes the cycle. The
 * memory used is one graph and a log.
 *
 * Candidates that coherence or the atomicity of an update forbids are not proposed to the model at all (`candidates`).
 * Neither is a step that only adds a sink: nothing leads on from the event, so no axiom can fail because of it. Such
 * graphs are checked later, at the latest when they are complete.
 *
 * The path to a node is the list of its choices, each a small number: a work item for another thread, and a witness.
 */

import type { ModelChecker } from "../../memory/model.ts";
import { Ahead } from "./ahead.ts";
import { Candidates } from "./candidates.ts";
import { Choices } from "./choices.ts";
import type { Site } from "./code.ts";
import { type Counts, noCounts, type Part } from "./counts.ts";
import { type ExecutionGraph, KEY, KEYS } from "./graph.ts";
import { Guesses } from "./guesses.ts";
import type { Instance } from "./instance.ts";
import { apply, COND, FN, OP, RESULT } from "./opcodes.ts";
import { PICK, Picker } from "./pick.ts";
import { Service } from "./service.ts";
import { ThinAir } from "./thin_air.ts";
import { HALT, type Threads, WAY, writes } from "./threads.ts";
import { applyOpenly } from "./undetermined.ts";
import type { Memory, Visitor } from "./visitor.ts";
import { Operations, Waiting } from "./waiting.ts";

const NONE = -1;

export class Explorer {
  readonly counts: Counts = noCounts();
  readonly graph: ExecutionGraph;
  readonly threads: Threads;
  readonly waiting: Waiting;
  readonly #instance: Instance;
  readonly #checker: ModelChecker;
  readonly #visitor: Visitor;
  readonly #ahead: Ahead;
  readonly #picker: Picker;
  readonly #candidates: Candidates;
  readonly #service: Service;
  readonly #guesses: Guesses | undefined;
  readonly #thinAir: ThinAir | undefined;
  /** The operation of each level of the recursion. */
  readonly #frames: Operations;
  #level = 0;
  readonly #choices = new Choices();
  #most = Number.POSITIVE_INFINITY;
  readonly #memory: Memory | undefined;
  /** Writes that still have waiting reads to be offered to: the write, and the first number to try. */
  readonly #offers: number[] = [];
  #offered = 0;

  constructor(instance: Instance, visitor: Visitor, memory?: Memory) {
    const { graph, threads, locations, coherent } = instance;
    this.#instance = instance;
    this.graph = graph;
    this.threads = threads;
    this.#checker = instance.checker;
    this.#visitor = visitor;
    this.#memory = memory;
    this.waiting = new Waiting(graph.capacity, threads.words);
    this.#ahead = new Ahead(threads, graph, locations, this.waiting, instance);
    this.#picker = new Picker(instance, this.#ahead);
    this.#candidates = new Candidates(graph, coherent);
    this.#service = new Service(instance, this.waiting, this.#ahead);
    this.#guesses = instance.guesses ? new Guesses(threads, graph) : undefined;
    const { thinAir } = instance;
    this.#thinAir = thinAir && this.#guesses ? new ThinAir(instance, this.waiting, this.#guesses) : undefined;
    this.#frames = new Operations(2 * graph.capacity + 2, threads.words);
  }

  /** Explores the tree, or part of it. */
  run(part: Part = { prefix: [] }): Counts {
    this.#choices.start(part);
    this.#most = part.most ?? Number.POSITIVE_INFINITY;
    const { threads } = this;
    const mark = threads.top;
    for (let t = 0; t < threads.codes.length; t++) threads.advance(t);
    this.#explore(true);
    threads.undo(mark);
    return this.counts;
  }

  /** The choices that lead to the current node. */
  get path(): readonly number[] {
    return this.#choices.path;
  }

  // ---- one node ------------------------------------------------------------------------------------------------

  /** @param checked The model has been asked about this very graph. */
  #explore(checked: boolean): void {
    if (this.#choices.isCut()) return;
    if (this.counts.steps >= this.#most) {
      this.counts.left++;
      return;
    }
    if (!this.#choices.replaying) this.counts.steps++;
    if (this.waiting.count > 0 && !this.#service.possible()) {
      if (!this.#guess(checked) && !this.#suppose(checked)) this.counts.pruned++;
      return;
    }
    if (this.#isKnown(checked)) return;
    const { threads } = this;
    const mark = threads.top;
    const t = this.#picker.pick();
    if (t >= 0) this.#step(t, checked);
    else if (t === PICK.cut) this.counts.cut++;
    else if (t === PICK.wrong) this.counts.pruned++;
    else this.#leaf(checked);
    threads.undo(mark);
  }

  /** Reads wait for each other. If that is because a branch waits for one of them, it is tried both ways. */
  #guess(checked: boolean): boolean {
    const t = this.#guesses === undefined ? NONE : this.#ahead.stopped();
    const at = (this.threads.guesses[t] ?? 0) + (this.#ahead.stepped[t] ?? 0);
    if (t < 0 || !this.#service.possible(true)) return false;
    this.#tryBothWays(at, checked);
    return true;
  }

  /** A branch on a variable goes nowhere; what is behind it may say what that is. */
  #guessOpen(checked: boolean): boolean {
    this.#ahead.gather(false);
    const t = this.#ahead.stopped();
    if (t < 0) return false;
    this.#tryBothWays((this.threads.guesses[t] ?? 0) + (this.#ahead.stepped[t] ?? 0), checked);
    return true;
  }

  #tryBothWays(at: number, checked: boolean): void {
    const { threads } = this;
    for (const way of [WAY.yes, WAY.no]) {
      if (!this.#choices.enter(way - 1)) continue;
      const mark = threads.top;
      threads.set(at, way);
      this.#explore(checked);
      threads.undo(mark);
      this.#choices.leave();
    }
  }

  /** Reads wait for each other, and it is not because of a branch. */
  #suppose(checked: boolean): boolean {
    const number = this.#thinAir === undefined ? NONE : this.#service.toSuppose();
    if (number < 0) return false;
    this.#thinAir?.each(number, this.#choices, () => this.#explore(checked));
    return true;
  }

  #isKnown(checked: boolean): boolean {
    const memory = this.#memory;
    if (memory === undefined || this.threads.supposing) return false;
    if (memory.wantsChecked && !checked && !this.#consistent()) return true;
    return memory.known(this.waiting, this.#offers, this.#offered);
  }

  #leaf(checked: boolean): void {
    if (this.threads.supposing && this.#thinAir?.isComplete() === false) {
      if (this.waiting.count === 0 || !this.#guessOpen(checked)) this.counts.pruned++;
      return;
    }
    if (!checked && !this.#consistent()) return;
    if (this.waiting.count > 0) {
      this.counts.stuck++;
      this.#visitor.stuck(this);
    } else {
      this.counts.executions++;
      this.#visitor.complete(this);
    }
  }

  #consistent(): boolean {
    if (this.#choices.replaying) return true;
    this.counts.asked++;
    if (this.#checker.consistent()) return true;
    this.counts.rejected++;
    return false;
  }

  #step(t: number, checked: boolean): void {
    const level = this.#level++;
    const frames = this.#frames;
    frames.copy(level, this.#ahead.found, t);
    const site = this.#site(frames, level);
    switch (site.kind) {
      case OP.fence:
      case OP.placed:
        this.#fence(frames, level, site);
        break;
      case OP.store:
        this.#store(frames, level, site);
        break;
      case OP.unlock:
        this.#unlock(frames, level, site, checked);
        break;
      default:
        this.#read(frames, level, site, checked);
    }
    this.#level--;
  }

  #site(operations: Operations, i: number): Site {
    return this.#instance.sites[operations.thread[i] ?? 0]?.[operations.pc[i] ?? 0] as Site;
  }

  // ---- events --------------------------------------------------------------------------------------------------

  /** Adds an event of an op; `part` is one of `KEY`. */
  #add(operations: Operations, i: number, part: number, value: number, sets: Int32Array): number {
    const t = operations.thread[i] ?? 0;
    const key = KEYS * (operations.pc[i] ?? 0) + part;
    const fence = part === KEY.before || part === KEY.behind;
    const event = this.graph.add(t, key, fence ? -1 : (operations.location[i] ?? -1), value, sets);
    if (this.threads.words > 0) this.#instance.dependencies.relate(operations, i, event);
    return event;
  }

  /** The op is done: its thread goes on. */
  #issued(operations: Operations, i: number, event: number): void {
    const { threads } = this;
    const t = operations.thread[i] ?? 0;
    threads.set((threads.issued[t] ?? 0) + (operations.pc[i] ?? 0), event + 1);
    threads.advance(t);
    this.#guesses?.settle();
  }

  #fence(operations: Operations, i: number, site: Site): void {
    const { graph, threads } = this;
    const mark = threads.top;
    const sink = this.#candidates.isLast(operations, i);
    const value = site.kind === OP.placed ? (operations.value[i] ?? 0) : 0;
    const event = this.#add(operations, i, KEY.first, value, this.#instance.setsOf(site).write);
    if (sink || this.#consistent()) {
      const late = this.#guesses?.late ?? 0;
      this.#issued(operations, i, event);
      this.#explore(!sink && (this.#guesses?.late ?? 0) === late);
      threads.undo(mark);
      this.#guesses?.takeBack(late);
    }
    graph.remove();
  }

  #store(operations: Operations, i: number, site: Site): void {
    const { graph } = this;
    const candidates = this.#candidates;
    candidates.bound(operations, i);
    const { slotLow, slotHigh } = candidates;
    const last = candidates.isLast(operations, i);
    const location = operations.location[i] ?? 0;
    const count = graph.count[location] ?? 0;
    let k = 0;
    // From the end: executions in which writes hit memory in the order in which they are made come first.
    for (let slot = slotHigh; slot >= slotLow; slot--) {
      if (candidates.splits(location, slot) || !this.#choices.enter(k++)) continue;
      const sets = this.#instance.setsOf(site).write;
      const event = this.#add(operations, i, KEY.first, operations.value[i] ?? 0, sets);
      if (site.kind === OP.store) this.#instance.dependencies.data(operations, i, event);
      graph.insert(event, slot);
      this.#written(operations, i, event, event, last && slot === count);
      graph.withdraw(event);
      graph.remove();
      this.#choices.leave();
    }
  }

  /** A release goes right behind its acquisition: while the lock is held nobody else writes it. */
  #unlock(operations: Operations, i: number, site: Site, checked: boolean): void {
    const { graph, threads } = this;
    const held = this.#candidates.heldBy(operations, i);
    if (held < 0) {
      const mark = threads.top;
      threads.set(threads.halted[operations.thread[i] ?? 0] ?? 0, HALT.lock);
      this.#explore(checked);
      threads.undo(mark);
      return;
    }
    const event = this.#add(operations, i, KEY.first, 0, this.#instance.setsOf(site).write);
    const slot = (graph.place[held] ?? 0) + 1;
    const last = slot === graph.count[operations.location[i] ?? 0] && this.#candidates.isLast(operations, i);
    graph.insert(event, slot);
    this.#written(operations, i, event, event, last);
    graph.withdraw(event);
    graph.remove();
  }

  /**
   * Goes on after an op was added whole: `event` is its first event, `write` its write, −1 if it made none. `sink`:
   * nothing leads on from it.
   */
  #written(operations: Operations, i: number, event: number, write: number, sink: boolean): void {
    const { threads } = this;
    if (!sink && !this.#consistent()) return;
    const mark = threads.top;
    const late = this.#guesses?.late ?? 0;
    this.#issued(operations, i, event);
    if ((this.#guesses?.late ?? 0) === late || this.#consistent()) {
      if (write < 0 || this.waiting.count === 0) this.#resume(!sink);
      else if (!this.#isOfferKnown(write, !sink)) this.#offer(write, 0, !sink);
    }
    threads.undo(mark);
    this.#guesses?.takeBack(late);
  }

  #read(operations: Operations, i: number, site: Site, checked: boolean): void {
    const { graph } = this;
    const candidates = this.#candidates;
    candidates.bound(operations, i);
    const { low, high, slotHigh } = candidates;
    const location = operations.location[i] ?? 0;
    let k = 0;
    for (let place = high; place >= low; place--) {
      const write = graph.order[location * graph.writes + place] ?? 0;
      if (this.threads.supposing && !this.#mayTake(NONE, operations, i, write)) continue;
      if (!candidates.admits(operations, i, site, write, slotHigh) || !this.#choices.enter(k++)) continue;
      this.#take(operations, i, site, write);
      this.#choices.leave();
    }
    if (this.#service.mayDefer(operations, i, site) && this.#choices.enter(k)) {
      this.#defer(operations, i, checked);
      this.#choices.leave();
    }
  }

  /** Where values may be variables: whether they leave a read the choice. `number`: of a waiting one; else −1. */
  #mayTake(number: number, operations: Operations, i: number, write: number): boolean {
    const value = this.graph.value[write] ?? 0;
    return this.#thinAir?.admits(number, operations, i, this.#site(operations, i), value) !== false;
  }

  /** Lets a read take a write; an update writes at once, right behind it in the coherence order. */
  #take(operations: Operations, i: number, site: Site, write: number): void {
    const { graph } = this;
    const sets = this.#instance.setsOf(site);
    const old = graph.value[write] ?? 0;
    const updates = site.kind !== OP.await && writes(site.cond, old, operations.extra[i] ?? 0);
    const place = graph.place[write] ?? 0;
    const location = operations.location[i] ?? 0;
    const last = place + 1 === graph.count[location] && this.#candidates.isLast(operations, i);
    const fenced = updates ? sets.fenced : undefined;
    if (fenced !== undefined) this.#add(operations, i, KEY.before, 0, fenced);
    const succeeded = updates || (site.result === RESULT.nonzero ? old !== 0 : site.cond === COND.never);
    const read = this.#add(
      operations,
      i,
      KEY.first,
      old,
      succeeded || site.kind === OP.await ? sets.read : sets.failed,
    );
    graph.readFrom(write, read);
    if (updates) this.#update(operations, i, site, write, read, last);
    else this.#written(operations, i, read, -1, last);
    graph.unread(read);
    graph.remove();
    if (fenced !== undefined) graph.remove();
  }

  /** The writing half, with the fence behind it if there is one. */
  #update(operations: Operations, i: number, site: Site, source: number, read: number, last: boolean): void {
    const { graph } = this;
    const { dependencies } = this.#instance;
    const old = graph.value[read] ?? 0;
    const operand = operations.value[i] ?? 0;
    const value = this.threads.supposing
      ? (applyOpenly(site.fn, old, operand) ?? 0)
      : apply(site.fn, old, operand);
    const write = this.#add(operations, i, KEY.write, value, this.#instance.setsOf(site).write);
    dependencies.data(operations, i, write);
    dependencies.pair(read, write, site.kind === OP.lock || site.cond === COND.zero, site.fn !== FN.second);
    graph.partner[write] = read;
    graph.taken[source] = write;
    graph.insert(write, (graph.place[source] ?? 0) + 1);
    const { fenced } = this.#instance.setsOf(site);
    if (fenced !== undefined) this.#add(operations, i, KEY.behind, 0, fenced);
    this.#written(operations, i, read, write, last);
    if (fenced !== undefined) graph.remove();
    graph.withdraw(write);
    graph.taken[source] = -1;
    graph.remove();
  }

  // ---- waiting reads -------------------------------------------------------------------------------------------

  #defer(operations: Operations, i: number, checked: boolean): void {
    const { threads, waiting } = this;
    const mark = threads.top;
    const number = waiting.add();
    waiting.operations.copy(number, operations, i);
    threads.set((threads.issued[operations.thread[i] ?? 0] ?? 0) + (operations.pc[i] ?? 0), -1);
    this.#explore(checked);
    threads.undo(mark);
    waiting.remove(number);
  }

  /** Offers a new write to the reads that wait, from number `from` on: each stays or takes it. */
  #offer(write: number, from: number, checked: boolean): void {
    const { waiting } = this;
    const location = this.graph.location[write] ?? 0;
    for (let number = from; number < waiting.end; number++) {
      if (waiting.alive[number] === 0 || waiting.operations.location[number] !== location) continue;
      const site = this.#site(waiting.operations, number);
      const candidates = this.#candidates;
      candidates.bound(waiting.operations, number);
      const place = this.graph.place[write] ?? 0;
      if (place < candidates.low || place > candidates.high) continue;
      if (this.threads.supposing && !this.#mayTake(number, waiting.operations, number, write)) continue;
      if (!candidates.admits(waiting.operations, number, site, write, candidates.slotHigh)) continue;
      if (this.#choices.enter(0)) {
        this.#offer(write, number + 1, checked);
        this.#choices.leave();
      }
      if (this.#choices.enter(1)) {
        this.#serve(number, site, write);
        this.#choices.leave();
      }
      return;
    }
    this.#resume(checked);
  }

  #isOfferKnown(write: number, checked: boolean): boolean {
    this.#pushOffer(write, 0);
    const known = this.#isKnown(checked);
    this.#offered -= 2;
    return known;
  }

  #pushOffer(write: number, from: number): void {
    this.#offers[this.#offered] = write;
    this.#offers[this.#offered + 1] = from;
    this.#offered += 2;
  }

  /** Lets a waiting read take a write. Its number may be given to another meanwhile, so its operands are kept here. */
  #serve(number: number, site: Site, write: number): void {
    const { waiting } = this;
    const frames = this.#frames;
    const level = this.#level++;
    frames.copy(level, waiting.operations, number);
    this.#pushOffer(write, number + 1);
    const [supposed, value] = [waiting.supposed[number] ?? 0, waiting.value[number] ?? 0];
    waiting.remove(number);
    this.#take(frames, level, site, write);
    waiting.revive(number);
    waiting.supposed[number] = supposed;
    waiting.value[number] = value;
    waiting.operations.copy(number, frames, level);
    this.#offered -= 2;
    this.#level--;
  }

  /** Goes on with the writes that have not been offered to everyone, then with the next step. */
  #resume(checked: boolean): void {
    if (this.#offered === 0) {
      this.#explore(checked);
      return;
    }
    this.#offered -= 2;
    const write = this.#offers[this.#offered] ?? 0;
    const from = this.#offers[this.#offered + 1] ?? 0;
    this.#offer(write, from, checked);
    this.#pushOffer(write, from);
  }

  // ---- what a visitor may ask ----------------------------------------------------------------------------------

  /** How a thread ended: one of `HALT`; `running` when it waits for ever. */
  halt(t: number): number {
    return this.threads.heap[this.threads.halted[t] ?? 0] ?? 0;
  }

  /** The op at which a thread ended, as an index of the unrolled code. */
  pcOf(t: number): number {
    return this.threads.heap[this.threads.pc[t] ?? 0] ?? 0;
  }

  register(t: number, reg: number): number {
    return this.threads.heap[(this.threads.values[t] ?? 0) + reg] ?? 0;
  }

  /** What a location holds in the end. */
  final(location: number): number {
    const last = this.graph.last(location);
    return last < 0 ? (this.#instance.locations.initial[location] ?? 0) : (this.graph.value[last] ?? 0);
  }
}
