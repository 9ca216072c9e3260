/** `lazytlb schemes` and `lazytlb scenarios`: what there is. */

import { scenarioList, schemeList } from "../../report/lists.ts";
import { PAGE_WIDTH } from "../../report/text.ts";
import { deliver, evidenceOf } from "../deliver.ts";
import { DONE } from "../exit_status.ts";
import type { Host } from "../host.ts";
import type { CommonOptions } from "../options.ts";
import { openTarget } from "../output.ts";

export async function listSchemes(host: Host, options: CommonOptions): Promise<number> {
  const target = options.out === undefined ? undefined : openTarget(options.out);
  const { schemes } = host.engines().catalogue;
  const texts = { full: schemeList(schemes, PAGE_WIDTH), quiet: "" };
  await deliver(host, options, evidenceOf(host, "schemes", { schemes }), texts, target);
  return DONE;
}

export async function listScenarios(host: Host, options: CommonOptions): Promise<number> {
  const target = options.out === undefined ? undefined : openTarget(options.out);
  const { scenarios } = host.engines().catalogue;
  const texts = { full: scenarioList(scenarios, PAGE_WIDTH), quiet: "" };
  await deliver(host, options, evidenceOf(host, "scenarios", { scenarios }), texts, target);
  return DONE;
}
