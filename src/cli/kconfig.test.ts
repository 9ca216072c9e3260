import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseKconfig, resolveConfig } from "./kconfig.ts";
import { modelFolder } from "./specimen_host.ts";

const OPTIONS = parseKconfig(readFileSync(join(modelFolder(), "Kconfig"), "utf8"));
const NONE: ReadonlySet<string> = new Set();

function resolved(asked: Readonly<Record<string, boolean>>, own = NONE): Record<string, boolean> {
  return Object.fromEntries(resolveConfig(OPTIONS, asked, own));
}

describe("build options", () => {
  it("are Linux's defaults when nobody asks", () => {
    expect(resolved({})).toEqual({
      MMU_LAZY_TLB_REFCOUNT: true,
      MMU_LAZY_TLB_SHOOTDOWN: false,
      DEBUG_VM_SHOOT_LAZIES: false,
      PREEMPT_RT: false,
    });
  });

  it("lose what depends on the opposite", () => {
    const config = resolved({ MMU_LAZY_TLB_SHOOTDOWN: true, PREEMPT_RT: true });
    expect(config).toMatchObject({ MMU_LAZY_TLB_REFCOUNT: false, PREEMPT_RT: true });
    expect(resolved({ MMU_LAZY_TLB_SHOOTDOWN: true, MMU_LAZY_TLB_REFCOUNT: false })).toMatchObject(
      resolved({ MMU_LAZY_TLB_SHOOTDOWN: true }),
    );
  });

  it.each([
    [
      { MMU_LAZY_TLB_SHOOTDOWN: true, MMU_LAZY_TLB_REFCOUNT: true },
      "--config MMU_LAZY_TLB_REFCOUNT=y: depends on MMU_LAZY_TLB_SHOOTDOWN=n, found MMU_LAZY_TLB_SHOOTDOWN=y",
    ],
    [
      { MMU_LAZY_TLB_REFCOUNT: false },
      "--config MMU_LAZY_TLB_REFCOUNT=n: it is y unless MMU_LAZY_TLB_SHOOTDOWN=y",
    ],
    [{ PREEMPT: true }, /^unknown build option "PREEMPT".*\nknown: MMU_LAZY_TLB_REFCOUNT, /],
  ])("cannot be %j", (asked, message) => {
    expect(() => resolved(asked as Record<string, boolean>)).toThrow(message);
  });

  it("may be a user's own, when the scheme asks for them", () => {
    expect(resolved({ MINE: true }, new Set(["MINE"]))).toMatchObject({ MINE: true });
  });

  it("settle in chains, in whatever order they are declared", () => {
    const chain = parseKconfig(
      "config C\ndef_bool y\ndepends on B\nconfig B\ndef_bool y\ndepends on !A\nconfig A\nbool",
    );
    expect(Object.fromEntries(resolveConfig(chain, {}, NONE))).toEqual({ A: false, B: true, C: true });
    expect(Object.fromEntries(resolveConfig(chain, { A: true }, NONE))).toEqual({
      A: true,
      B: false,
      C: false,
    });
    expect(() => resolveConfig(chain, { A: true, C: true }, NONE)).toThrow(
      "--config C=y: depends on B=y, found B=n",
    );
  });
});
