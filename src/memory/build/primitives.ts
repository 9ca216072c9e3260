/** Names that mean something without being defined: what engines supply. `docs/cat.md` says what each is. */

/** Sets of events of every model; the tags that a model declares add more. */
export const PRIMITIVE_SETS: ReadonlySet<string> = new Set(
  "R W M IW FW F B RMW LKR LKW UL LF RL RU".split(" "),
);

export const PRIMITIVE_RELATIONS: ReadonlySet<string> = new Set(
  "po loc int ext rf co addr data ctrl rmw lk-rmw".split(" "),
);

/**
 * The set of events that carry a tag: `'rcu-lock` is `Rcu-lock`. Bell files since Linux 6.15 spell tags of accesses in
 * capitals, to tell them from what they are good for; `'ONCE` and `'once` are one set, so that engines know one name.
 */
export function setOfTag(tag: string): string {
  const rest = tag.slice(1);
  return tag.charAt(0).toUpperCase() + (tag === tag.toUpperCase() ? rest.toLowerCase() : rest);
}

/** The name that a tag's set has in a cat text: `'ONCE` is `ONCE` there. */
export function nameOfTag(tag: string): string {
  return tag.charAt(0).toUpperCase() + tag.slice(1);
}
