/** `lazytlb machines`: the machines and workloads of the simulator. */

import { machineList } from "../../report/sim_report.ts";
import { PAGE_WIDTH } from "../../report/text.ts";
import { deliver, evidenceOf } from "../deliver.ts";
import { DONE } from "../exit_status.ts";
import type { Host } from "../host.ts";
import type { CommonOptions } from "../options.ts";
import { openTarget } from "../output.ts";

export async function machines(host: Host, options: CommonOptions): Promise<number> {
  const target = options.out === undefined ? undefined : openTarget(options.out);
  const { machines: known, workloads } = host.engines().catalogue;
  const texts = { full: machineList(known, workloads, PAGE_WIDTH), quiet: "" };
  await deliver(host, options, evidenceOf(host, "machines", { machines: known, workloads }), texts, target);
  return DONE;
}
