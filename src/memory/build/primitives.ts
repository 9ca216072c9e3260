/** Names that mean something without being defined: what engines supply. `docs/cat.md` says what each is. */

/** Sets of events of every model; the tags that a model declares add more. */
export const PRIMITIVE_SETS: ReadonlySet<string> = new Set(
  "R W M IW FW F B RMW LKR LKW UL LF RL RU".split(" "),
);

export const PRIMITIVE_RELATIONS: ReadonlySet<string> = new Set(
  "po loc int ext rf co addr data ctrl rmw lk-rmw".split(" "),
);

/** The set of events that carry a tag: `'rcu-lock` is `Rcu-lock`. */
export function setOfTag(tag: string): string {
  return tag.charAt(0).toUpperCase() + tag.slice(1);
}
