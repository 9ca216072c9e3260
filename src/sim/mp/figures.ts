/**
 * The figures that a machine profile must give: their names, units and meanings. One table, from which the reader of
 * profiles, the command line's list and the sensitivity analysis are made.
 *
 * Latencies of a transfer are those of one cache line that another core has modified, from request to use, with nobody
 * else asking; distances are the five levels of `topology.ts`.
 */

/** What a figure says about the machine. `ns` unless said otherwise. */
export const FIGURES = {
  hit: "load or store that hits the core's own cache",
  rmw: "atomic read-modify-write on a line that the core owns",
  rmwFull: "what full ordering adds to an atomic",
  xferL3: "line transfer from a core below the same last-level cache",
  xferSocket: "line transfer from elsewhere in the socket",
  xferRemote: "line transfer from a neighbouring socket",
  xferFar: "line transfer from a socket of another node (two hops)",
  memory: "line from memory",
  fence: "full memory barrier, store buffer empty",
  fenceLight: "read or write barrier, acquire or release",
  ipiSend: "sending an IPI, per target",
  ipiL3: "delivery of an IPI below the same last-level cache",
  ipiSocket: "delivery of an IPI within the socket",
  ipiRemote: "delivery of an IPI to a neighbouring socket",
  ipiFar: "delivery of an IPI to another node",
  irqEntry: "entry into an interrupt handler",
  irqExit: "return from an interrupt handler",
  idleExit: "leaving the shallow idle state",
  deepExit: "leaving the deep idle state",
  deepResidency: "an idle time from which on the governor chooses the deep state",
  rootLoad: "writing the page-table root without a flush",
  rootFlush: "what a flush adds to writing the root",
  tlbFlush: "flushing the own TLB",
  tlbRefill: "refilling the TLB after a flush or a change of mm",
  tlbBroadcast: "a broadcast invalidation, until every CPU has taken part",
  pipe: "read or write of one byte on a pipe, system call included",
  wake: "waking a task: the waker's part",
  switch: "a context switch, without what the specimen does",
  idleEnter: "the idle loop's way into an idle state, in software",
  fork: "fork, without the specimen's part",
  exec: "exec, without the specimen's part",
  exit: "exit, without the specimen's part",
  unmap: "unmapping one page, without the flush",
} as const;

export type FigureName = keyof typeof FIGURES;

/** How a figure is known. */
export const KINDS = ["public", "assumed", "fitted", "measured", "read"] as const;
/**
 * `public`: published, where the source says. `assumed`: no publication for this machine; the source says where it is
 * taken from. `fitted`: chosen so that one published row comes out, which the source names. `measured`: on this host.
 * `read`: what this host's kernel says.
 */
export type FigureKind = (typeof KINDS)[number];

/** One figure of a profile. */
export interface Figure {
  readonly ns: number;
  readonly kind: FigureKind;
  readonly source: string;
}

/** Time is whole picoseconds in doubles: exact for two and a half hours. */
export const PS_PER_NS = 1000;
export const toPs = (ns: number): number => Math.round(ns * PS_PER_NS);

/** The figures of a profile in picoseconds. */
export function pricesOf(profile: {
  readonly figures: Readonly<Record<FigureName, Figure>>;
}): Readonly<Record<FigureName, number>> {
  const prices = Object.entries(profile.figures).map(([name, { ns }]) => [name, toPs(ns)]);
  return Object.fromEntries(prices) as Record<FigureName, number>;
}
