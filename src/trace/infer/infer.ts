/**
 * Entry to trace inference: a `TraceSink` to hand to any reader, which calls an `ActionSink`.
 *
 * Which evidence is used is decided when the file's event names are known, so the sink below only forwards to the
 * inference that was chosen. A reader decodes what the sink has methods for; with the level "stock" the probe
 * methods are left out, so that the probes cannot leak into what stock events are claimed to tell.
 */

import type { TraceInfo, TraceSink } from "../events.ts";
import type { ActionSink, EvidenceLevel } from "./actions.ts";
import { Ledger } from "./ledger.ts";
import { ProbeInference } from "./probes.ts";
import { StockInference } from "./stock.ts";

export interface InferOptions {
  /** "kernel" falls back to "stock" where the file has no probe that shows switches. Default "kernel". */
  readonly evidence?: EvidenceLevel;
  /** Records that stock inference may hold back for later evidence: memory is bounded by it, not by the file. */
  readonly window?: number;
}

/** The level that a file supports, of the one asked for. */
export function supportedLevel(eventNames: ReadonlySet<string>, wanted: EvidenceLevel): EvidenceLevel {
  const byHooks = eventNames.has("lazy/enter_lazy_tlb") && eventNames.has("lazy/switch_mm");
  return wanted === "kernel" && (eventNames.has("lazy/sw") || byHooks) ? "kernel" : "stock";
}

/** A sink for one trace. */
export function inferActions(actions: ActionSink, options: InferOptions = {}): TraceSink {
  const wanted = options.evidence ?? "kernel";
  let inner: TraceSink = {};
  const begin = (info: TraceInfo): void => {
    const level = supportedLevel(info.eventNames, wanted);
    const ledger = new Ledger(actions, level);
    inner =
      level === "kernel" ? new ProbeInference(ledger, info) : new StockInference(ledger, options.window);
    ledger.begin(info);
  };
  const stock = forwardStock(() => inner);
  return wanted === "stock" ? { begin, ...stock } : { begin, ...stock, ...forwardProbes(() => inner) };
}

/** Methods for the events that every kernel has. */
function forwardStock(to: () => TraceSink): TraceSink {
  return {
    // Spelled out where it is hot: a rest parameter would be an array per event.
    schedSwitch: (ts, cpu, prevPid, prevComm, prevState, nextPid, nextComm) =>
      to().schedSwitch?.(ts, cpu, prevPid, prevComm, prevState, nextPid, nextComm),
    newTask: (...event) => to().newTask?.(...event),
    rename: (...event) => to().rename?.(...event),
    exec: (...event) => to().exec?.(...event),
    exit: (...event) => to().exit?.(...event),
    tlbFlush: (ts, cpu, pid, reason, pages) => to().tlbFlush?.(ts, cpu, pid, reason, pages),
    lost: (...event) => to().lost?.(...event),
    end: (...event) => to().end?.(...event),
  };
}

/** Methods for the `lazy/*` probes. */
function forwardProbes(to: () => TraceSink): TraceSink {
  return {
    lazySwitch: (ts, cpu, prevPid, prevMm, active, count, nextPid, nextMm, nextActive) =>
      to().lazySwitch?.(ts, cpu, prevPid, prevMm, active, count, nextPid, nextMm, nextActive),
    enterLazyTlb: (ts, cpu, currentPid, mm, pid, taskMm, mmCount, mmUsers) =>
      to().enterLazyTlb?.(ts, cpu, currentPid, mm, pid, taskMm, mmCount, mmUsers),
    switchMm: (ts, cpu, currentPid, prev, next, task) =>
      to().switchMm?.(ts, cpu, currentPid, prev, next, task),
    mmdropFinal: (...event) => to().mmdropFinal?.(...event),
    mmput: (...event) => to().mmput?.(...event),
    exitMmap: (...event) => to().exitMmap?.(...event),
    exitMmRelease: (...event) => to().exitMmRelease?.(...event),
    wakeUpNewTask: (...event) => to().wakeUpNewTask?.(...event),
    kthreadUseMm: (...event) => to().kthreadUseMm?.(...event),
    flushTlbFunc: (ts, cpu, pid, mm, fromCpu, freedTables) =>
      to().flushTlbFunc?.(ts, cpu, pid, mm, fromCpu, freedTables),
    nativeFlushTlbMulti: (...event) => to().nativeFlushTlbMulti?.(...event),
    finishCpu: (...event) => to().finishCpu?.(...event),
    idleTaskExit: (...event) => to().idleTaskExit?.(...event),
  };
}
