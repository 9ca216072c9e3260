/** What the package offers: the files of `model/`, by what their heads say. */

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { internalBug, present } from "../base/assert.ts";
import type { SpecimenHost } from "../compile/host.ts";
import { type Mutation, parseMutation } from "../compile/mutation.ts";
import { list, object, optional, string, word } from "../evidence/schema.ts";
import {
  type MutationInfo,
  PROPERTIES,
  type Property,
  type ScenarioInfo,
  type SchemeInfo,
} from "../evidence/types.ts";
import { machineInfo, type Profile, readProfile } from "../sim/mp/profile.ts";
import { readPublished } from "../sim/mp/published.ts";
import { workloadInfos } from "../sim/mp/workloads/registry.ts";
import { readClaims } from "./claims.ts";
import type { Catalogue } from "./engines.ts";
import { readHeadComment } from "./head_comment.ts";
import { type BuildOption, parseKconfig } from "./kconfig.ts";
import { modelNames } from "./litmus/model.ts";
import { factsOf, supportOf } from "./requirements.ts";

/** The catalogue, with the mutations as the compiler wants them. */
export interface ModelCatalogue extends Catalogue {
  readonly buildOptions: readonly BuildOption[];
  readonly profiles: ReadonlyMap<string, Profile>;
  readonly mutationFiles: ReadonlyMap<string, Mutation>;
}

/** The simplest scheme comes first: others are read as changes of it. */
const FIRST_SCHEME = "refcount";
const FIRST_ARCH = "generic";
const DEFAULT_TRACE = "traces/exit.dat";

export function readCatalogue(model: string, host: SpecimenHost): ModelCatalogue {
  const text = (name: string): string => present(host.read(name), `model/${name}`);
  const arches = first(FIRST_ARCH, names(model, "arch", ".ts"));
  const gives = new Map(
    arches.map((arch) => [arch, factsOf(`arch/${arch}.ts`, text(`arch/${arch}.ts`), "gives")]),
  );
  const mutations = names(model, "mutations", ".json").map((name) =>
    readMutation(`mutations/${name}.json`, text),
  );
  const profiles = names(model, "machines", ".json").map((name) =>
    readProfile(`machines/${name}.json`, text(`machines/${name}.json`)),
  );
  return {
    profiles: new Map(profiles.map((profile) => [profile.name, profile])),
    machines: profiles.map((profile) => machineInfo(profile, `machines/${profile.name}.json`)),
    workloads: workloadInfos(),
    published: readPublished("published.json", text("published.json")),
    schemes: first(FIRST_SCHEME, names(model, "schemes", ".ts")).map((name) => {
      const info = schemeInfo(name, text);
      return { ...info, architectures: supportOf(factsOf(info.file, text(info.file), "needs"), gives) };
    }),
    scenarios: names(model, "scenarios", ".ts").map((name) => scenarioInfo(name, text)),
    mutations: mutations.map(({ info }) => info),
    mutationFiles: new Map(mutations.map(({ info, mutation }) => [info.id, mutation])),
    arches,
    models: ["sc", "tso"],
    graphModels: modelNames().filter((name) => name !== "sc" && name !== "tso"),
    buildOptions: parseKconfig(text("Kconfig")),
    defaultTrace: join(model, DEFAULT_TRACE),
  };
}

function names(model: string, folder: string, ending: string): string[] {
  const files = readdirSync(join(model, folder)).filter((file) => file.endsWith(ending));
  return files.map((file) => file.slice(0, -ending.length)).sort();
}

/** The names with `name` in front. */
function first(name: string, all: readonly string[]): string[] {
  return [...all.filter((each) => each === name), ...all.filter((each) => each !== name)];
}

type ReadText = (name: string) => string;

function schemeInfo(name: string, text: ReadText): SchemeInfo {
  return schemeOf(name, `schemes/${name}.ts`, text(`schemes/${name}.ts`));
}

/** A scheme as its head comment introduces it. */
export function schemeOf(name: string, file: string, text: string): SchemeInfo {
  const { summary, tags } = readHeadComment(text);
  const of = (wanted: string): string[] => tags.filter(([tag]) => tag === wanted).map(([, value]) => value);
  const facts = tags.filter(([tag]) => tag !== "title" && tag !== "not-claimed" && tag !== "needs");
  const [title = name] = of("title");
  return {
    name,
    title,
    summary,
    facts: Object.fromEntries(facts),
    notClaimed: readClaims(of("not-claimed")),
    file,
  };
}

function scenarioInfo(name: string, text: ReadText): ScenarioInfo {
  const file = `scenarios/${name}.ts`;
  const source = text(file);
  const constant = (id: string): number | undefined => {
    const match = new RegExp(`^export const ${id} = (\\d+);`, "m").exec(source);
    return match === null ? undefined : Number(match[1]);
  };
  const cpus = constant("NR_CPUS") ?? internalBug(`${file} has no NR_CPUS`);
  const { summary: title, tags } = readHeadComment(source);
  const notClaimed = tags.filter(([tag]) => tag === "not-claimed").map(([, value]) => value);
  return {
    name,
    title,
    cpus,
    minCpus: constant("MIN_CPUS") ?? cpus,
    maxCpus: constant("MAX_CPUS") ?? cpus,
    ...(notClaimed.length === 0 ? {} : { notClaimed: readClaims(notClaimed) }),
    file,
  };
}

/** What the head of a mutation file says, beyond what the compiler reads. */
const properties = object({
  title: string,
  source: string,
  story: list(string),
  scheme: string,
  arch: optional(string),
  models: optional(list(string)),
  scenarios: list(string),
  violates: list(word(Object.keys(PROPERTIES) as Property[])),
});

function readMutation(file: string, text: ReadText): { info: MutationInfo; mutation: Mutation } {
  const mutation = parseMutation(file, text(file));
  if (!mutation.ok) return internalBug(mutation.error);
  const { id } = mutation.value;
  return { mutation: mutation.value, info: { id, file, ...properties(mutation.value.properties, file) } };
}
