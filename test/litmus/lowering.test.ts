/** What the C of litmus tests becomes: one op per access, dependencies as in the text, tags as in the definitions. */

import { describe, expect, test } from "vitest";
import { validate } from "../../src/ir/validator.ts";
import { boot } from "../../src/world/boot.ts";
import { definitionsOf, litmusOf, opsOf } from "../support/litmus.ts";

function expectOps(body: string, ...ops: string[]): void {
  expect(opsOf(body)).toBe(ops.join("\n"));
}

describe("accesses", () => {
  test("marked, plain, and through a pointer", () => {
    expectOps(
      "r1 = READ_ONCE(*x); WRITE_ONCE(*y, r1); *x = *y; r2 = smp_load_acquire(x); smp_store_release(r2, 1);",
      "%0:r1 = load [&x], once, 'once",
      "store [&y], value %0:r1, once, 'once",
      "%2:t0 = load [&y], plain",
      "store [&x], value %2:t0, plain",
      "%1:r2 = load [&x], acquire, 'acquire",
      "store [%1:r2], value 1, release, 'release",
    );
  });

  test("nested loads come out in C's order, each with a register of its own", () => {
    expectOps(
      "*x = *y + **x;",
      "%0:t0 = load [&y], plain",
      "%1:t1 = load [&x], plain",
      "%2:t2 = load [%1:t1], plain",
      "%3:t3 = add %0:t0, %2:t2",
      "store [&x], value %3:t3, plain",
    );
  });

  test("a computed address keeps its dependency, even where the value does not matter", () => {
    expectOps(
      "r0 = READ_ONCE(*y); r1 = READ_ONCE(*(x + (r0 & 0)));",
      "%0:r0 = load [&y], once, 'once",
      "%2:t0 = and %0:r0, 0",
      "%3:t1 = add 1073741825, %2:t0",
      "%1:r1 = load [%3:t1], once, 'once",
    );
  });

  test("casts and declarations say nothing", () => {
    expectOps("int r1 = (int)*(int *)x, *r2; r2 = (int *) r1;", "%0:r1 = load [&x], plain", "%1:r2 = %0:r1");
  });

  test("a name that nobody writes is 0", () => {
    expectOps("WRITE_ONCE(*x, r7);", "store [&x], value 0, once, 'once");
  });
});

describe("updates", () => {
  test("with the old value, the new value, none", () => {
    expectOps(
      "r0 = atomic_fetch_add_acquire(2, c); r1 = atomic_dec_return(c); atomic_or(4, c); r2 = xchg_release(x, r1);",
      "%0:r0 = rmw [&c], value 2, add, acquire, 'acquire, old",
      "%1:r1 = rmw [&c], value 1, sub, full, 'mb, new",
      "rmw [&c], value 4, or, relaxed, 'noreturn",
      "%2:r2 = rmw [&x], value %1:r1, xchg, release, 'release, old",
    );
  });

  test("compare and exchange, add unless, tests", () => {
    expectOps(
      "r0 = cmpxchg_relaxed(x, 0, 1); r1 = atomic_add_unless(c, 1, 0); r2 = atomic_dec_and_test(c);",
      "%0:r0 = cmpxchg [&x], old 0, value 1, relaxed, 'once",
      "%1:r1 = add-unless [&c], value 1, unless 0, full, 'mb",
      "%3:t0 = rmw [&c], value 1, sub, full, 'mb, new",
      "%2:r2 = eq %3:t0, 0",
    );
  });

  test("try_cmpxchg leaves what it found in its argument", () => {
    expectOps(
      "r1 = 5; r0 = atomic_try_cmpxchg(c, &r1, 7);",
      "%0:r1 = 5",
      "%2:t0 = cmpxchg [&c], old %0:r1, value 7, full, 'mb",
      "%3:t1 = eq %2:t0, %0:r1",
      "%0:r1 = %2:t0",
      "%1:r0 = %3:t1",
    );
  });

  test("bits of a word", () => {
    expectOps(
      "r0 = test_and_set_bit(3, x); clear_bit_unlock(3, x);",
      "%1:t0 = rmw [&x], value 8, or, full, 'mb, old",
      "%2:t1 = shr %1:t0, 3",
      "%0:r0 = and %2:t1, 1",
      "rmw [&x], value 8, andnot, release, 'release",
    );
  });
});

test("locks, RCU, SRCU and fences", () => {
  expectOps(
    `spin_lock(l); spin_unlock(l); r0 = spin_trylock(l); r1 = spin_is_locked(l);
     rcu_read_lock(); rcu_read_unlock(); synchronize_rcu();
     r2 = srcu_read_lock(s); srcu_read_unlock(s, r2); synchronize_srcu(s);
     smp_mb__after_srcu_read_unlock(); smp_mb__after_unlock_lock(); barrier();`,
    "lock [&l]",
    "unlock [&l]",
    "%0:r0 = trylock [&l]",
    "%1:r1 = lock.test [&l]",
    "rcu.lock",
    "rcu.unlock",
    "rcu.sync",
    "%2:r2 = srcu.lock [&s], 'srcu-lock",
    "srcu.unlock [&s], value %2:r2, 'srcu-unlock",
    "srcu.sync [&s], 'sync-srcu",
    "fence tagged, 'after-srcu-read-unlock",
    "fence after-unlock-lock, 'after-unlock-lock",
    "fence compiler, 'barrier",
  );
});

describe("control flow", () => {
  test("else belongs to the nearest if", () => {
    expectOps(
      "if (*x) if (*y == 2) *x = 1; else *x = 2; *y = 3;",
      "%0:t0 = load [&x], plain",
      "br %0:t0 ? 2 : 8",
      "%1:t1 = load [&y], plain",
      "%2:t2 = eq %1:t1, 2",
      "br %2:t2 ? 5 : 7",
      "store [&x], value 1, plain",
      "jmp 8",
      "store [&x], value 2, plain",
      "store [&y], value 3, plain",
    );
  });

  test("loops branch back: while, do, and the one in smp_cond_load", () => {
    const loop = ["%0:t0 = load [&x], plain", "br %0:t0 ? 2 : 4", "store [&x], value 0, plain", "jmp 0"];
    expectOps("while (*x) *x = 0;", ...loop);
    expectOps(
      "do *x = 0; while (*x);",
      "store [&x], value 0, plain",
      "%0:t0 = load [&x], plain",
      "br %0:t0 ? 0 : 3",
    );
    expectOps(
      "smp_cond_load_acquire(x, VAL > 2);",
      "%0:VAL = load [&x], acquire, 'acquire",
      "%1:t0 = gt %0:VAL, 2",
      "br %1:t0 ? 4 : 1",
    );
  });

  test("smp_cond_load_acquire waits where it waits for one value", () => {
    expectOps("smp_cond_load_acquire(x, VAL != 0);", "await [&x], value 0, ne");
    expectOps("smp_cond_load_acquire(x, !VAL);", "await [&x], value 0, eq");
    expectOps("r1 = smp_cond_load_acquire(x, VAL == 3);", "await [&x], value 3, eq", "%0:r1 = 3");
    expect(opsOf("r1 = smp_cond_load_acquire(x, VAL);")).toContain("br ");
    expect(opsOf("smp_cond_load_relaxed(x, VAL == 1);")).toContain("br ");
  });

  test("the right side of && and || is evaluated only if needed", () => {
    expectOps(
      "r0 = *x && *y;",
      "%2:t1 = load [&x], plain",
      "%1:t0 = ne %2:t1, 0",
      "br %1:t0 ? 4 : 6",
      "%3:t2 = load [&y], plain",
      "%1:t0 = ne %3:t2, 0",
      "%0:r0 = %1:t0",
    );
  });
});

describe("definition files", () => {
  const OLD = `
    READ_ONCE(X) __load{once}(X)
    rcu_dereference(X) __load{deref}(X)
    xchg(X, V) __xchg{mb}(X, V)
    xchg_acquire(X, V) __xchg{acquire}(X, V)
    xchg_release(X, V) __xchg{release}(X, V)
    cmpxchg(X, V, W) __cmpxchg{mb}(X, V, W)
    atomic_inc(X) { __atomic_op(X, +, 1); }
    twice(X) { X = X + 1; X = X + 1; }
  `;

  test("before Linux 6.15 a full update is fences around two once accesses", () => {
    const old = definitionsOf(OLD);
    expect(old.dialect).toBe("fences");
    const body = "r0 = xchg(x, 1); r1 = xchg_acquire(x, 1); r2 = xchg_release(x, 1);";
    expect(opsOf(body, old)).toBe(
      [
        "fence mb, 'mb",
        "%0:r0 = rmw [&x], value 1, xchg, relaxed, 'once, old",
        "fence mb, 'mb",
        "%1:r1 = rmw [&x], value 1, xchg, acquire, 'acquire, write 'once, old",
        "%2:r2 = rmw [&x], value 1, xchg, release, 'once, write 'release, old",
      ].join("\n"),
    );
    expect(opsOf("r0 = cmpxchg(x, 0, 1); atomic_inc(c); r1 = atomic_add_unless(c, 1, 2);", old)).toBe(
      [
        "%0:r0 = cmpxchg [&x], old 0, value 1, relaxed, 'once, fenced 'mb",
        "rmw [&c], value 1, add, relaxed, 'noreturn, write 'once",
        "%1:r1 = add-unless [&c], value 1, unless 2, relaxed, 'once, fenced 'mb",
      ].join("\n"),
    );
  });

  test("arguments are substituted by name, as a place too", () => {
    const old = definitionsOf(OLD);
    expect(opsOf("r0 = 3; twice(r0);", old)).toBe(
      ["%0:r0 = 3", "%0:r0 = add %0:r0, 1", "%0:r0 = add %0:r0, 1"].join("\n"),
    );
    expect(opsOf("twice(*x);", old).split("\n")).toHaveLength(6);
  });

  test("the newer spelling is recognised, and may be said", () => {
    expect(definitionsOf("xchg(X, V) __xchg{MB}(X, V)").dialect).toBe("tags");
    expect(opsOf("r0 = xchg(x, 1);", definitionsOf("xchg(X, V) __xchg{MB}(X, V)"))).toBe(
      "%0:r0 = rmw [&x], value 1, xchg, full, 'MB, old",
    );
  });
});

describe("a whole test", () => {
  const TEXT = `C MP+all.litmus
"PodWW Rfe"
(* { a comment (* in a comment *) *)
Hash=0123
{
  int y=1; int *p = &y; int a[2] = {3, 4};   (* arrays *)
  atomic_t c = ATOMIC_INIT(7); 0:r5=x; 1:r7=-1; q=y; [w]=0x10; struct srcu_struct ss; int *n;
}
// threads
P0(int* x, int **p) { WRITE_ONCE(*p, x); *r5 = 1; }
/* next */
void P1(int** p, int a[2]) { int *r2; r2 = READ_ONCE(*p); a[1] = READ_ONCE(a[0]); }
locations [p; a; a[1]; 1:r7 int*; c]
filter (1:r7=-1 => true /\\ not (a={3,4}))
~exists (1:r2=x /\\ 1:r7 != 1 \\/ (p=y /\\ *c=7 /\\ (w=q \\/ 0:r5=1:r7)))
`;
  const compiled = litmusOf(TEXT);

  test("is a valid program", () => {
    expect(validate(compiled.program)).toEqual([]);
    expect(compiled.threads).toHaveLength(2);
  });

  test("has the initial state of the text, arrays in consecutive cells", () => {
    const base = compiled.program.addressBase ?? 0;
    const named = Object.fromEntries(compiled.locations.map(({ name, initial }) => [name, initial]));
    expect(named).toEqual({
      y: 1,
      p: base + 1,
      "a[0]": 3,
      "a[1]": 4,
      c: 7,
      q: base + 1,
      w: 16,
      ss: 0,
      n: 0,
      x: 0,
    });
    const object = (name: string) => compiled.locations.find((cell) => cell.name === name)?.object ?? 0;
    expect(object("a[1]")).toBe(object("a[0]") + 1);
    expect(compiled.registers.find(({ name }) => name === "r5")?.initial).toBe(base + object("x"));
  });

  test("shows registers by thread and name, then variables by name, elements last", () => {
    const shown = compiled.observed.map((part) => {
      if (part.kind === "array") return part.name;
      if (part.kind === "location") return compiled.locations[part.index]?.name;
      const register = compiled.registers[part.index];
      return `${register?.thread}:${register?.name}`;
    });
    expect(shown).toEqual(["0:r5", "1:r2", "1:r7", "a", "c", "p", "w", "a[1]"]);
  });

  test("prints its condition as herd7 does: only needed parentheses", () => {
    expect(compiled.conditionText).toBe(
      "~exists (1:r2=x /\\ not (1:r7=1) \\/ [p]=y /\\ [c]=7 /\\ ([w]=q \\/ 0:r5=1:r7))",
    );
  });

  test("without a condition asks for nothing", () => {
    expect(litmusOf("C t\n{}\nP0(int *x) { *x = 1; }\n").conditionText).toBe("forall (true)");
  });

  test("=> binds tighter than /\\, which binds tighter than \\/", () => {
    const { condition } = litmusOf("C t\n{}\nP0(void) {}\nexists (x=1 \\/ x=2 /\\ x=3 => x=4)\n");
    expect(condition).toMatchObject({ kind: "or", right: { kind: "and", right: { kind: "implies" } } });
  });
});

test("the state checker refuses a litmus program, since it has no CPUs and tasks", () => {
  const { program } = litmusOf("C t\n{}\nP0(int *x) { *x = 1; }\n");
  expect(() => boot(program, 2)).toThrow(/litmus test/);
});
