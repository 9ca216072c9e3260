/** `lazytlb machines`: the machines and workloads of the simulator, or a profile of this one. */

import { join } from "node:path";
import { InputError } from "../../base/input_error.ts";
import { machineList, measuredReport } from "../../report/sim_report.ts";
import { PAGE_WIDTH } from "../../report/text.ts";
import { machineInfo, readProfile } from "../../sim/mp/profile.ts";
import { deliver, evidenceOf } from "../deliver.ts";
import { DONE } from "../exit_status.ts";
import type { Host } from "../host.ts";
import { profileOf } from "../machines.ts";
import { hostProfile, templateFor } from "../measure/host_profile.ts";
import type { CommonOptions } from "../options.ts";
import { openTarget, type Target, writeTarget } from "../output.ts";
import { modelFolder } from "../specimen_host.ts";

export interface MachinesOptions extends CommonOptions {
  readonly measure?: true;
}

export async function machines(host: Host, options: MachinesOptions): Promise<number> {
  const target = options.out === undefined ? undefined : openTarget(options.out);
  if (options.measure === true) return measured(host, options, target);
  const { machines: known, workloads } = host.engines().catalogue;
  const texts = { full: machineList(known, workloads, PAGE_WIDTH), quiet: "" };
  await deliver(host, options, evidenceOf(host, "machines", { machines: known, workloads }), texts, target);
  return DONE;
}

/** Measures this host. What `--out` gets is no evidence but the profile, for `--machine`. */
async function measured(host: Host, options: MachinesOptions, target: Target | undefined): Promise<number> {
  if (target !== undefined && target.format !== "json")
    throw new InputError(`--out ${target.path}: a profile is written as .json, found .${target.format}`);
  const { found, occasion } = await host.measure();
  const name = templateFor(found.facts, occasion.arch);
  const template = profileOf(join(modelFolder(), "machines", `${name}.json`), new Map());
  const text = `${JSON.stringify(hostProfile(found, template, occasion), undefined, 2)}\n`;
  const file = target?.path ?? "this-host.json";
  const info = machineInfo(readProfile(file, text), file);
  const full = measuredReport(info, found.remarks, PAGE_WIDTH);
  const evidence = evidenceOf(host, "machines", { machines: [info], workloads: [] });
  await deliver(host, options, evidence, { full, quiet: "" }, undefined);
  if (target !== undefined) writeTarget(target, text);
  return DONE;
}
