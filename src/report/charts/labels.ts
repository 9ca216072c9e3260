/** Labels at the ends of lines, moved apart where they would cover each other. */

/** A label at a height, in pixels from the top, and where it may stand. */
export interface Placed<T> {
  readonly item: T;
  /** How far below its own height it stands. */
  readonly dy: number;
}

/**
 * Gives each label a place of `gap` pixels between `top` and `bottom`, as near to its height as that allows: labels
 * that collide become a block around the mean of their heights, blocks that collide become one.
 */
export function spread<T>(
  items: readonly T[],
  heightOf: (item: T) => number,
  gap: number,
  top: number,
  bottom: number,
): Placed<T>[] {
  const sorted = [...items].sort((a, b) => heightOf(a) - heightOf(b));
  let blocks: { readonly members: T[]; readonly centre: number }[] = [];
  for (const item of sorted) {
    blocks.push({ members: [item], centre: heightOf(item) });
    for (let last = blocks.at(-1), before = blocks.at(-2); last !== undefined && before !== undefined; ) {
      if (firstOf(last) - lastOf(before) >= gap) break;
      const members = [...before.members, ...last.members];
      const wanted = members.reduce((sum, each) => sum + heightOf(each), 0) / members.length;
      const half = ((members.length - 1) * gap) / 2;
      const centre = Math.max(top + half, Math.min(bottom - half, wanted));
      blocks = [...blocks.slice(0, -2), { members, centre }];
      last = blocks.at(-1);
      before = blocks.at(-2);
    }
  }
  return blocks.flatMap((block) =>
    block.members.map((item, i) => ({ item, dy: firstOf(block) + i * gap - heightOf(item) })),
  );

  function firstOf({ members, centre }: { readonly members: T[]; readonly centre: number }): number {
    return centre - ((members.length - 1) * gap) / 2;
  }
  function lastOf(block: { readonly members: T[]; readonly centre: number }): number {
    return firstOf(block) + (block.members.length - 1) * gap;
  }
}
