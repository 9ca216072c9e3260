/**
 * The build options that there are and how they hang together: `model/Kconfig`, in a small part of Kconfig's language.
 *
 *     config NAME
 *         bool | def_bool y           what it is when nobody says: n, or y where its dependencies are met
 *         depends on [!]NAME          one option; several lines for several
 *
 * An option that its dependencies do not allow is n. Asking for what cannot be is an error that says why, as is an
 * option that nobody knows; Linux would take the one back in silence and never hear of the other.
 */

import { internalBug } from "../base/assert.ts";
import { InputError } from "../base/input_error.ts";
import type { Config } from "./engines.ts";
import { choose } from "./suggest.ts";

export interface BuildOption {
  readonly name: string;
  readonly byDefault: boolean;
  readonly dependsOn: readonly { readonly name: string; readonly wanted: boolean }[];
}

/** Reads the file. It is ours: a line that it cannot read is a bug. */
export function parseKconfig(text: string): BuildOption[] {
  const options: { name: string; byDefault: boolean; dependsOn: { name: string; wanted: boolean }[] }[] = [];
  for (const line of text.split("\n").map((each) => each.trim())) {
    if (line === "" || line.startsWith("#")) continue;
    const [, name] = /^config ([A-Z][A-Z0-9_]*)$/.exec(line) ?? [];
    const open = options.at(-1);
    const [, not, needed] = /^depends on (!?)([A-Z][A-Z0-9_]*)$/.exec(line) ?? [];
    if (name !== undefined) options.push({ name, byDefault: false, dependsOn: [] });
    else if (open !== undefined && needed !== undefined)
      open.dependsOn.push({ name: needed, wanted: not === "" });
    else if (open !== undefined && line === "def_bool y") open.byDefault = true;
    else if (line !== "bool") internalBug(`Kconfig: ${JSON.stringify(line)}`);
  }
  return options;
}

/**
 * The value of every option, those that the user has set among them. `own`: further names that may be set, because a
 * specimen of the user's asks for them.
 */
export function resolveConfig(
  options: readonly BuildOption[],
  asked: Config,
  own: ReadonlySet<string>,
): Map<string, boolean> {
  const values = new Map(Object.entries(asked));
  const known = options.map(({ name }) => name);
  for (const name of values.keys()) if (!own.has(name)) choose("build option", name, known);
  // A dependency is declared before or after: as many rounds as there are options settle every chain.
  for (const _ of options) for (const option of options) settle(option, asked, values);
  return values;
}

function settle(
  { name, byDefault, dependsOn }: BuildOption,
  asked: Config,
  values: Map<string, boolean>,
): void {
  const unmet = dependsOn.find(
    (need) => (asked[need.name] ?? values.get(need.name) ?? false) !== need.wanted,
  );
  const wanted = asked[name];
  if (wanted === true && unmet !== undefined)
    throw new InputError(
      `--config ${name}=y: depends on ${unmet.name}=${yesNo(unmet.wanted)}, found ${unmet.name}=${yesNo(!unmet.wanted)}`,
    );
  // An option without a prompt: only its dependencies can take it away.
  if (wanted === false && byDefault && unmet === undefined) {
    const ways = dependsOn.map((need) => `${need.name}=${yesNo(!need.wanted)}`).join(" or ");
    throw new InputError(`--config ${name}=n: it is y unless ${ways}`);
  }
  values.set(name, wanted ?? (byDefault && unmet === undefined));
}

const yesNo = (value: boolean): string => (value ? "y" : "n");
