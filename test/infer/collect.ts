/** Collects what inference says of a trace: the classes of the switches per CPU, in order, and the report. */

import { present } from "../../src/base/assert.ts";
import type { TraceSink } from "../../src/trace/events.ts";
import type { ActionSink, Sure, SwitchClass } from "../../src/trace/infer/actions.ts";
import { type InferOptions, inferActions } from "../../src/trace/infer/infer.ts";
import type { InferenceReport } from "../../src/trace/infer/report.ts";

export interface Seen {
  readonly ts: number;
  readonly cls: SwitchClass;
  readonly sure: Sure;
}

export class Collected {
  readonly sink: TraceSink;
  /** Per CPU. */
  readonly switches: Seen[][] = [];
  private ended: InferenceReport | undefined;

  constructor(options: InferOptions, extra: ActionSink = {}, onSwitch?: (entry: Seen) => void) {
    this.sink = inferActions(
      {
        ...extra,
        switchTasks: (ts, cpu, _prev, _next, _prevMm, _activeMm, _nextMm, cls, sure) => {
          const list = this.switches[cpu] ?? [];
          this.switches[cpu] = list;
          list.push({ ts, cls, sure });
          onSwitch?.({ ts, cls, sure });
        },
        end: (report) => {
          this.ended = report;
        },
      },
      options,
    );
  }

  get report(): InferenceReport {
    return present(this.ended, "the report");
  }
}
