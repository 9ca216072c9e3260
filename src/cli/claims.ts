/**
 * Where a scheme does not claim to be safe, as the head of its file says it:
 *
 *     @not-claimed cpu-offline, cpu-offline-6.12: why
 *     @not-claimed * on arm64, s390: why
 *     @not-claimed exit-remote-lazy on x86-6.13 under tso: why
 */

/** What the head of a scheme says, by the words before its colon. */
export type Claims = Readonly<Record<string, string>>;

/** The check that is asked about. */
interface Where {
  readonly scenario: string;
  readonly arch: string;
  readonly model: string;
}

/** One line of the head, taken apart; absent parts mean all. */
interface Concession {
  readonly scenarios: readonly string[];
  readonly arches: readonly string[] | undefined;
  readonly models: readonly string[] | undefined;
}

export function readClaims(lines: readonly string[]): Claims {
  const claims = lines.map((line) => {
    const [where = "", ...reason] = line.split(":");
    return [where.trim().replace(/\s+/g, " "), reason.join(":").trim()] as const;
  });
  return Object.fromEntries(claims);
}

/** What is not claimed here, and why; the first line that speaks of it. */
export function concessionFor(
  claims: Claims,
  where: Where,
): { readonly key: string; readonly reason: string } | undefined {
  for (const [key, reason] of Object.entries(claims)) {
    const { scenarios, arches, models } = takeApart(key);
    const here = scenarios.includes("*") || scenarios.includes(where.scenario);
    if (
      here &&
      (arches ?? [where.arch]).includes(where.arch) &&
      (models ?? [where.model]).includes(where.model)
    )
      return { key, reason };
  }
  return undefined;
}

/** The concession is about architectures: on others the scheme claims to be safe. */
export function isAboutArches(key: string): boolean {
  return takeApart(key).arches !== undefined;
}

/** Every name that the claims mention, for those who check that there are such. */
export function namesIn(claims: Claims): { scenarios: string[]; arches: string[]; models: string[] } {
  const all = Object.keys(claims).map(takeApart);
  return {
    scenarios: all.flatMap(({ scenarios }) => scenarios).filter((name) => name !== "*"),
    arches: all.flatMap(({ arches }) => arches ?? []),
    models: all.flatMap(({ models }) => models ?? []),
  };
}

function takeApart(key: string): Concession {
  const match = /^(.*?)(?: on (.*?))?(?: under (.*))?$/.exec(key);
  const names = (text: string | undefined): string[] | undefined =>
    text?.split(",").map((name) => name.trim());
  return { scenarios: names(match?.[1]) ?? [], arches: names(match?.[2]), models: names(match?.[3]) };
}
