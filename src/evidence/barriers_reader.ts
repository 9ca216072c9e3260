/** Reads the evidence of `check --barriers` back from JSON; see `barriers.ts`. */

import {
  type BarrierStudy,
  type Barriers,
  type BarrierWitness,
  type Conflict,
  type LevelOutcome,
  type Limit,
  type MinimalSet,
  SCOPES,
  SITE_OUTCOMES,
  type SiteLevel,
  type SiteOutcome,
} from "./barriers.ts";
import { boolean, count, list, measure, object, optional, type Read, string, word } from "./schema.ts";
import { property, timeline } from "./violation_reader.ts";

const limit: Read<Limit> = object({ scenario: string, detail: string });

const witness: Read<BarrierWitness> = object({
  mutation: string,
  scenario: string,
  cpus: count,
  property,
  summary: string,
  witness: string,
  timeline,
});

const step: Read<LevelOutcome> = object({
  level: string,
  alike: list(string),
  mutation: string,
  result: word(["proved", "violated", "unknown"]),
  provedBy: optional(string),
  witness: optional(witness),
  limits: optional(list(limit)),
});

const site: Read<SiteOutcome> = object({
  id: string,
  file: string,
  line: count,
  column: count,
  func: string,
  kind: word(["fence", "load", "store", "update", "await"]),
  level: string,
  outcome: word(SITE_OUTCOMES),
  weakest: list(string),
  scenarios: count,
  steps: list(step),
});

const siteLevel: Read<SiteLevel> = object({ site: string, level: string });

const conflict: Read<Conflict> = object({
  sites: list(siteLevel),
  witness: optional(witness),
  limits: optional(list(limit)),
});

const minimal: Read<MinimalSet> = object({
  mutation: string,
  kept: list(siteLevel),
  weakened: list(siteLevel),
  further: list(
    object({ site: string, level: string, witness: optional(witness), unknown: optional(string) }),
  ),
});

const study: Read<BarrierStudy> = object({
  scheme: string,
  arch: string,
  model: string,
  scope: word(SCOPES),
  scenarios: list(string),
  unproved: list(limit),
  setAside: list(object({ scenario: string, reason: string })),
  leftOut: optional(string),
  sites: list(site),
  conflicts: list(conflict),
  minimal: list(minimal),
  complete: boolean,
  asked: count,
  searches: count,
  states: count,
  seconds: measure,
});

export const barriers: Read<Barriers> = object({
  sources: list(object({ file: string, text: string })),
  studies: list(study),
});
