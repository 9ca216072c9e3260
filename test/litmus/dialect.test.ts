/**
 * Constructs that public collections of litmus tests use (the kernel's Documentation/litmus-tests and
 * tools/memory-model, Paul McKenney's, herd7's catalogue), each in a small test of our own with the verdict that follows
 * from the model.
 */

import { expect, test } from "vitest";
import { runLitmus } from "../../src/check/litmus/run.ts";
import { loadLitmusModel } from "../../src/cli/litmus/model.ts";
import { observation } from "../../src/report/litmus_report.ts";
import { complaintOf, litmusOf } from "../support/litmus.ts";

const { model, definitions } = loadLitmusModel("lkmm", undefined);

function verdictOf(text: string): string {
  const result = runLitmus(litmusOf(text, definitions), model, {
    ...{ unroll: 2, why: false, draw: false },
    now: () => 0,
  });
  return `${observation(result)} ${result.positive} ${result.negative}`;
}

/** Thread 0 publishes what thread 1 reads through a pointer. */
const published = (read: string): string => `C t
{ int u; int v; int *p = &u; }
P0(int **p, int *v) { WRITE_ONCE(*v, 1); smp_wmb(); WRITE_ONCE(*p, v); }
P1(int **p) { int *r1; int r2; ${read} r2 = READ_ONCE(*r1); }
exists (1:r1=v /\\ 1:r2=0)
`;

test.each([
  ["a barrier between dependent reads", published("r1 = READ_ONCE(*p); smp_read_barrier_depends();")],
  ["a dependent read", published("r1 = lockless_dereference(*p);")],
])("%s, as before Linux 4.15", (_, text) => expect(verdictOf(text)).toBe("Never 0 2"));

test.each([
  [
    "a declaration that reads what it declares: a register's initial value",
    "0:r4=1; 0:r1=1",
    "int r4 = (r1 == r4);",
    "0:r4=1",
  ],
  ["a declaration in the middle", "x=3", "int r0; r0 = READ_ONCE(*x); int r1 = r0 + 1;", "0:r1=4"],
  ["a register declared twice", "x=3", "int r0 = 1; int r0 = READ_ONCE(*x);", "0:r0=3"],
  ["a comparison as a value", "x=3", "r0 = READ_ONCE(*x); r1 = (r0 >= 3);", "0:r1=1"],
  ["a value that is thrown away", "x=3", "(void)xchg(x, 4);", "x=4"],
  ["a variable that is no parameter", "y=2", "r0 = READ_ONCE(*y);", "0:r0=2"],
  [
    "an address that is computed with",
    "x=5",
    "r0 = READ_ONCE(*x); r1 = x + (r0 ^ r0); r2 = READ_ONCE(*r1);",
    "0:r2=5",
  ],
  ["an address that is compared", "x=0", "r0 = 0; if (x != y) r0 = 1;", "0:r0=1"],
  ["a branch without braces and with an empty one", "x=0", "if (READ_ONCE(*x)) { } else r0 = 7;", "0:r0=7"],
  ["comments of all kinds", "x=1", "r0 = /* one */ READ_ONCE(*x); // two; \n /* three */", "0:r0=1"],
])("%s", (_, initial, body, condition) => {
  expect(verdictOf(`C t\n{ ${initial}; }\nP0(int *x) {\n${body}\n}\nforall (${condition})\n`)).toBe(
    "Always 1 0",
  );
});

test.each([
  [
    "without parentheses, before an initial part without its last semicolon",
    "C t\n{ int x = 0 }\nP0(volatile int *x) { WRITE_ONCE(*x, 2); }\nforall x=2\n",
  ],
  [
    "close to its quantifier, with comments behind",
    "C t\n{}\nP0(int *x) { WRITE_ONCE(*x, 2); }\nforall(x=2)\n(* said elsewhere:\n [...] `x` *)\n",
  ],
  ["with a semicolon behind", "C t\n{}\nP0(int *x) { WRITE_ONCE(*x, 2); }\nforall (x=2);\n"],
  [
    "with comments inside",
    "C t\n{}\nP0(int *x) { WRITE_ONCE(*x, 2); }\nforall (x=2 \\/ (* or *)\n\tx=3) (* that is all *)\n",
  ],
  [
    "that compares registers of two threads",
    "C t\n{}\nP0(int *x) { r1 = 1; WRITE_ONCE(*x, 2); }\nP1(int *y) { r2 = 1; }\nforall (0:r1=1:r2 /\\ x!=0)\n",
  ],
  [
    "behind places to print, close to their bracket",
    "C t\n{}\nP0(int *x) { r1 = 1; WRITE_ONCE(*x, 2); }\nlocations[0:r1;x]\nforall (x=2)\n",
  ],
])("a condition %s", (_, text) => expect(verdictOf(text)).toBe("Always 1 0"));

// What is behind a branch depends on its condition by no relation of the kernel's model, so a read may have what a write
// behind the join stores, however the branch was taken. Of each first thread the second passes on to x what it read of y.
// Executions by their values, "i" for a read of the initial write: r0=i r2=i, r0=i r2=0, r0=0 r2=i, and r0=r2=0 and
// r0=r2=1 round in a circle; a release orders the read before the write and forbids both circles.
test.each([
  ["the value", "if (r0 == 0) r1 = 0; WRITE_ONCE(*y, r1);", "Sometimes 1 4"],
  ["the value of a release", "if (r0 == 0) r1 = 0; smp_store_release(y, r1);", "Never 0 3"],
  // Without a write of y: r0=i r2=i and r0=0 r2=i. With one, r0 is 1, and so is r2.
  ["the condition of a write", "if (r0 == 0) r1 = 0; if (r1) WRITE_ONCE(*y, 1);", "Sometimes 1 2"],
  // The condition is computed from the read here, and the write depends on it.
  ["the condition, computed,", "if (r0 == 0) r1 = 0; else r1 = r0; if (r1) WRITE_ONCE(*y, 1);", "Never 0 2"],
])("%s is what the arms of a branch leave", (_, rest, expected) => {
  const first = `P0(int *x, int *y) { int r0; int r1 = 1; r0 = READ_ONCE(*x); ${rest} }`;
  const second = "P1(int *x, int *y) { int r2; r2 = READ_ONCE(*y); WRITE_ONCE(*x, r2); }";
  expect(verdictOf(`C t\n{}\n${first}\n${second}\nexists (0:r0=1 /\\ 1:r2=1)\n`)).toBe(expected);
});

const GRACE =
  "P2(struct srcu_struct *s, int *x, int *y) { WRITE_ONCE(*y, 1); synchronize_srcu(s); WRITE_ONCE(*x, 1); }";

// Who saw x = 1 ends behind the grace period, so the section has begun behind it, too, and sees y = 1. Which sections
// there are is told by the cookies (Linux 6.4 and later), not by the order of the calls.
test.each([
  // Nothing relates the first section to the read of x, nor the second to the read of y.
  ["overlapping", "srcu_read_unlock(s, r1); r3 = READ_ONCE(*x); srcu_read_unlock(s, r2);", "Sometimes 1 3"],
  ["nested", "srcu_read_unlock(s, r2); r3 = READ_ONCE(*x); srcu_read_unlock(s, r1);", "Never 0 3"],
])("%s SRCU sections", (_, rest, expected) => {
  const start = "r1 = srcu_read_lock(s); r0 = READ_ONCE(*y); r2 = srcu_read_lock(s);";
  const reader = `P0(struct srcu_struct *s, int *x, int *y) { ${start} ${rest} }`;
  const text = `C t\n{}\n${reader}\n${GRACE}\nexists (0:r3=1 /\\ 0:r0=0)\n`.replace("P2", "P1");
  expect(verdictOf(text)).toBe(expected);
});

test("an SRCU section that another thread ends, with the cookie that it was handed", () => {
  const first =
    "P0(struct srcu_struct *s, int *x, int *c, int *f) { r0 = srcu_down_read(s); WRITE_ONCE(*c, r0); r1 = READ_ONCE(*x); smp_store_release(f, 1); }";
  const second =
    "P1(struct srcu_struct *s, int *y, int *c, int *f) { r4 = smp_load_acquire(f); r2 = READ_ONCE(*c); r3 = READ_ONCE(*y); srcu_up_read(s, r2); }";
  const rest = "filter (1:r4=1)\nexists (0:r1=1 /\\ 1:r3=0)\n";
  expect(verdictOf(`C t\n{}\n${first}\n${second}\n${GRACE}\n${rest}`)).toBe("Never 0 3");
});

test("who waits for readers while reading waits for ever", () => {
  const text =
    "C t\n{}\nP0(int *x) { rcu_read_lock(); WRITE_ONCE(*x, 1); synchronize_rcu(); rcu_read_unlock(); }\nexists (x=1)\n";
  expect(verdictOf(text)).toBe("Never 0 0");
});

test.each([
  ["a lock that has been let go", "", "spin_lock(l); spin_unlock(l); r0 = spin_is_locked(l);", "0:r0=0"],
  ["a lock that is held", "", "spin_lock(l); r0 = spin_is_locked(l); spin_unlock(l);", "0:r0=1"],
  [
    "an address kept as a number, and cast at each use",
    "intptr_t p = y; y=4;",
    "intptr_t r0 = (intptr_t)rcu_dereference(*(intptr_t **)p); intptr_t r1 = READ_ONCE(*(int *)r0);",
    "0:r1=4",
  ],
  [
    "a pointer that is exchanged",
    "int *p = &y; y=4; x=7;",
    "int *r0; r0 = xchg(p, x); r1 = READ_ONCE(*r0); r2 = cmpxchg(p, x, r0);",
    "0:r1=4 /\\ 0:r2=x /\\ p=y",
  ],
])("%s", (_, initial, body, condition) => {
  const text = `C t\n{ ${initial} }\nP0(int *x, int **p, spinlock_t *l) {\n${body}\n}\nforall (${condition})\n`;
  expect(verdictOf(text)).toBe("Always 1 0");
});

test("no condition: the test asks nothing, and a deadlock leaves no execution", () => {
  const text = "C t\n{}\nP0(spinlock_t *l) { spin_lock(l); spin_lock(l); spin_unlock(l); spin_unlock(l); }\n";
  expect(verdictOf(text)).toBe("Never 0 0");
});

test("a filter that nothing passes leaves no execution", () => {
  const text = "C t\n{}\nP0(int *x) { WRITE_ONCE(*x, 1); }\nfilter (x=2)\nexists (x=1)\n";
  expect(verdictOf(text)).toBe("Never 0 0");
});

test("another language is refused by its name", () => {
  expect(complaintOf("LISA t\n{}\n P0 ;\n w[once] x 1 ;\nexists (x=1)\n")).toMatch(
    /expected `C`.*found `LISA`/,
  );
});
