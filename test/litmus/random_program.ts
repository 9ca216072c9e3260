/** Random litmus tests, as text. */

import fc from "fast-check";

const register = fc.constantFrom("r0", "r1", "r2");
const variable = fc.constantFrom("x", "y");
const small = fc.integer({ min: 0, max: 2 }).map(String);
const operand = fc.oneof(small, register);
const expression = fc.oneof(
  operand,
  fc
    .tuple(operand, fc.constantFrom("+", "-", "&", "|", "^", "==", "<", "!="), operand)
    .map((parts) => parts.join(" ")),
  fc.tuple(fc.constantFrom("!", "~", "-"), register).map((parts) => parts.join("")),
);

const access = fc.oneof(
  fc.tuple(register, variable).map(([r, x]) => `${r} = READ_ONCE(*${x});`),
  fc.tuple(register, variable).map(([r, x]) => `${r} = *${x} + *y;`),
  fc.tuple(variable, expression).map(([x, e]) => `WRITE_ONCE(*${x}, ${e});`),
  fc.tuple(variable, expression).map(([x, e]) => `smp_store_release(${x}, ${e});`),
  fc.tuple(register, variable, operand).map(([r, x, v]) => `${r} = xchg(${x}, ${v});`),
  fc
    .tuple(register, variable, small, operand)
    .map(([r, x, o, v]) => `${r} = cmpxchg_acquire(${x}, ${o}, ${v});`),
  fc.tuple(register, variable, small).map(([r, x, o]) => `${r} = atomic_add_unless(${x}, 1, ${o});`),
  fc.tuple(register, variable).map(([r, x]) => `${r} = atomic_fetch_xor(1, ${x});`),
  fc.tuple(register, operand).map(([r, v]) => `${r} = try_cmpxchg(x, &r2, ${v});`),
  fc.tuple(register, fc.constantFrom("0", "1")).map(([r, i]) => `${r} = a[${i}];`),
  fc.tuple(register, operand).map(([r, v]) => `${r} = READ_ONCE(*p); *${r} = ${v};`),
  fc.constantFrom(
    "WRITE_ONCE(*p, a);",
    "WRITE_ONCE(*p, a + 1);",
    "a[1] = *x;",
    "smp_mb();",
    "atomic_inc(y);",
  ),
  fc.constantFrom("r1 = spin_is_locked(l);", "if (spin_trylock(l)) { r0 = *x; spin_unlock(l); }"),
);

const statement: fc.Arbitrary<string> = fc.letrec((tie) => ({
  one: fc.oneof(
    { maxDepth: 2 },
    access,
    fc.tuple(register, expression).map(([r, e]) => `${r} = ${e};`),
    fc
      .tuple(expression, tie("one"), fc.option(tie("one"), { nil: undefined }))
      .map(([e, then, other]) => `if (${e}) { ${then} }${other === undefined ? "" : ` else { ${other} }`}`),
    fc.tuple(tie("one"), tie("one")).map(([a, b]) => `spin_lock(l); ${a} ${b} spin_unlock(l);`),
    fc.tuple(operand, operand).map(([a, b]) => `if (${a} && *x || ${b}) *y = 1;`),
  ),
})).one as fc.Arbitrary<string>;

/** A lock inside a section of the same lock would wait for ever. */
const nestsLocks = (text: string): boolean =>
  /spin_lock[^;]*;((?!spin_unlock).)*spin_(lock|trylock)/s.test(text);

/** The statements of a thread. */
const thread = fc.array(statement, { minLength: 1, maxLength: 3 }).map((list) => list.join(" "));
/** Two threads, all of whose registers are looked at. */
export const program = fc
  .array(thread, { minLength: 2, maxLength: 2 })
  .filter((threads) => !threads.some(nestsLocks))
  .map((threads) => {
    const params = "int *x, int *y, int *a, int **p, spinlock_t *l";
    const bodies = threads.map((body, i) => `P${i}(${params}) { ${body} }`);
    const shown = threads.flatMap((_, i) => ["r0", "r1", "r2"].map((r) => `${i}:${r};`));
    return `C t\n{ y=1; int a[2]={5, 6}; p=a; 0:r2=1; }\n${bodies.join("\n")}\nlocations [${shown.join(" ")} y; a; p;]\nexists (x=1)\n`;
  });

/** Threads of which some are alike, and a question about some of what they leave behind. */
export const programWithTwins = fc
  .record({
    threads: fc.array(thread, { minLength: 1, maxLength: 2 }).filter((list) => !list.some(nestsLocks)),
    twins: fc.nat({ max: 1 }),
    shown: fc.subarray(["0:r0", "0:r1", "1:r0", "1:r2", "2:r0", "y", "a", "p"]),
    condition: fc.constantFrom("x=1", "x=2 /\\ y=1", "1:r0=1", "0:r0=1:r0", "~y=1"),
  })
  .map(({ threads, twins, shown, condition }) => {
    const all = [
      ...threads,
      ...Array.from({ length: twins + (threads.length === 1 ? 1 : 0) }, () => threads[0] ?? ""),
    ];
    const params = "int *x, int *y, int *a, int **p, spinlock_t *l";
    const bodies = all.map((body, i) => `P${i}(${params}) { ${body} }`);
    const places = shown.filter((place) => !place.startsWith("2:") || all.length > 2);
    return `C t\n{ y=1; int a[2]={5, 6}; p=a; 0:r2=1; }\n${bodies.join("\n")}\nlocations [${places.join("; ")}]\nexists (${condition})\n`;
  });
