/** One stream of actions for several consumers: a trace is decoded and inferred once, whatever the number of schemes. */
import type { ActionSink } from "../trace/infer/actions.ts";

type Method<K extends keyof ActionSink> = Exclude<ActionSink[K], undefined>;

/** Hands every action to each of `sinks`, in their order. */
export function tee(sinks: readonly ActionSink[]): ActionSink {
  const all = <K extends keyof ActionSink>(name: K): Method<K> => {
    const takers = sinks.filter((sink) => sink[name] !== undefined);
    const call = (...action: readonly unknown[]): void => {
      for (const sink of takers)
        (sink[name] as (...action: readonly unknown[]) => void).apply(sink, [...action]);
    };
    return call as Method<K>;
  };
  return {
    begin: all("begin"),
    taskAppears: all("taskAppears"),
    mmAppears: all("mmAppears"),
    cpuStarts: all("cpuStarts"),
    switchTasks: all("switchTasks"),
    fork: all("fork"),
    exitMm: all("exitMm"),
    taskGone: all("taskGone"),
    exec: all("exec"),
    useMm: all("useMm"),
    unuseMm: all("unuseMm"),
    finalMmput: all("finalMmput"),
    mmdropFinal: all("mmdropFinal"),
    offlineToInitMm: all("offlineToInitMm"),
    finishCpu: all("finishCpu"),
    cpuOnline: all("cpuOnline"),
    correctTask: all("correctTask"),
    correctActive: all("correctActive"),
    observed: all("observed"),
    lost: all("lost"),
    end: all("end"),
  };
}
