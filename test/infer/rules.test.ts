import { describe, expect, it } from "vitest";
import { memoryWindow, Script } from "./script.ts";

const KWORKER = [20, "kworker/0:0"] as const;
const IDLE = [0, "swapper/0"] as const;

describe("stock events: the class of a switch", () => {
  it("user to kernel and back without a flush is the same mm", () => {
    const s = new Script("stock");
    s.fork(50, 100).switch(IDLE, [100, "app"]).flush(0, 0);
    s.switch([100, "app"], KWORKER).switch(KWORKER, [100, "app"], 1).touch(100);
    expect(s.classes()).toEqual(["kern_user_other", "user_kern", "kern_user_same"]);
  });

  it("a flush between two user tasks is another mm, its absence the same", () => {
    const s = new Script("stock");
    s.fork(50, 100).fork(50, 101).switch(IDLE, [100, "app"]).flush(0, 0).thread(100, 102);
    s.switch([100, "app"], [101, "app"], 1).flush(100, 0).switch([101, "app"], [100, "app"], 1).flush(101, 0);
    s.switch([100, "app"], [102, "app"], 1).touch(102);
    expect(s.classes().slice(1)).toEqual(["user_user_other", "user_user_other", "user_user_same"]);
    expect(s.sures().slice(1)).toEqual(["observed", "observed", "observed"]);
  });

  it("a first switch out of a lazy state that predates the trace is unknown for an old task", () => {
    const s = new Script("stock");
    s.switch(IDLE, [100, "app"]).flush(0, 0);
    expect(s.classes()).toEqual(["unknown"]);
  });

  it("a lazy CPU that was kicked to init_mm flushes for its own mm as well", () => {
    const s = new Script("stock");
    s.fork(50, 100).switch(IDLE, [100, "app"]).flush(0, 0).switch([100, "app"], IDLE, 1).flush(0, 0);
    s.switch(IDLE, [100, "app"]).flush(0, 0);
    expect(s.classes()).toEqual(["kern_user_other", "user_kern", "kern_user_same"]);
  });

  it("two threads that predate the trace are found to share their mm", () => {
    const s = new Script("stock");
    s.switch(IDLE, [100, "app"]).flush(0, 0).switch([100, "app"], [101, "app"], 1).touch(101);
    s.switch([101, "app"], IDLE, 1).switch(IDLE, [100, "app"]).touch(100);
    expect(s.classes().slice(1)).toEqual(["user_user_same", "user_kern", "kern_user_same"]);
    expect(s.log).toContain("correctTask");
  });
});

describe("stock events: what is a kernel thread", () => {
  it("a task of unknown name switched in without a flush over a young mm has none", () => {
    const s = new Script("stock");
    s.fork(50, 100).switch(IDLE, [100, "app"]).flush(0, 0).switch([100, "app"], [30, "oddname"], 1);
    s.switch([30, "oddname"], [100, "app"], 1).touch(100);
    expect(s.classes()).toEqual(["kern_user_other", "user_kern", "kern_user_same"]);
    expect(s.sures()[1]).toBe("assumed");
  });

  it("a vhost worker cloned with CLONE_VM by a user task is a user task", () => {
    const s = new Script("stock");
    s.fork(50, 100).thread(100, 101, "vhost-100").switch(IDLE, [100, "app"]).flush(0, 0);
    s.switch([100, "app"], [101, "vhost-100"], 1).switch([101, "vhost-100"], IDLE, 1);
    expect(s.classes().slice(1)).toEqual(["user_user_same", "user_kern"]);
  });

  it("a child of kthreadd has no mm in spite of CLONE_VM", () => {
    const s = new Script("stock");
    s.fork(50, 100).thread(2, 60, "kthreadd").switch(IDLE, [100, "app"]).flush(0, 0);
    s.switch([100, "app"], [60, "newthread"], 1);
    expect(s.classes()).toEqual(["kern_user_other", "user_kern"]);
  });
});

describe("stock events: exec and exit", () => {
  it("exec is at the flush before the rename, not at its event", () => {
    const s = new Script("stock");
    s.fork(50, 100).thread(100, 101).switch(IDLE, [101, "app"]).flush(0, 0).flush(101, 0);
    s.switch([101, "app"], [100, "app"], 256)
      .flush(101, 0)
      .switch([100, "app"], [101, "app"], 1)
      .flush(100, 0);
    s.rename(101).exec(101);
    expect(s.classes()).toEqual(["kern_user_other", "user_user_other", "user_user_other"]);
    expect(s.log.indexOf("exec")).toBeLessThan(s.log.lastIndexOf("switchTasks"));
  });

  it("without flushes exec is at the rename", () => {
    const s = new Script("stock");
    s.fork(50, 100).thread(100, 101).switch(IDLE, [101, "app"]).rename(101);
    s.switch([101, "app"], [100, "app"], 256).exec(101);
    expect(s.classes()).toEqual(["kern_user_other", "user_user_other"]);
    expect(s.report().synthetic.get("exec_placed_late")).toBe(1);
  });

  it("the flush of exit_mmap shows that the task is past exit_mm and was the last user", () => {
    const s = new Script("stock");
    s.fork(50, 100).switch(IDLE, [100, "app"]).flush(0, 0).flush(100, 0).exit(100, undefined);
    s.switch([100, "app"], IDLE, 16);
    expect(s.classes()).toEqual(["kern_user_other", "kern_kern"]);
    expect(s.log.slice(-4)).toEqual(["exitMm", "finalMmput", "switchTasks", "taskGone"]);
  });

  it("7.2: a task preempted after its exit event is past exit_mm, unless it comes back with a flush", () => {
    const gone = new Script("stock");
    gone.fork(50, 100).switch(IDLE, [100, "app"]).flush(0, 0).exit(100, true);
    gone.switch([100, "app"], KWORKER, 256).switch(KWORKER, [100, "app"], 1).switch([100, "app"], IDLE, 16);
    expect(gone.classes()).toEqual(["kern_user_other", "kern_kern", "kern_kern", "kern_kern"]);
    const back = new Script("stock");
    back.fork(50, 100).fork(50, 101).switch(IDLE, [100, "app"]).flush(0, 0).exit(100, true);
    back.switch([100, "app"], [101, "app"], 256).flush(100, 0);
    back.switch([101, "app"], [100, "app"], 1).flush(101, 0).switch([100, "app"], IDLE, 16);
    expect(back.classes()).toEqual(["kern_user_other", "user_user_other", "user_user_other", "kern_kern"]);
  });

  it("a preemption shortly before exit_mmap's flush is unknown, both ways", () => {
    const s = new Script("stock");
    s.fork(50, 100).switch(IDLE, [100, "app"]).flush(0, 0).switch([100, "app"], KWORKER, 256);
    s.switch(KWORKER, [100, "app"], 1).flush(100, 0).exit(100, undefined).switch([100, "app"], IDLE, 16);
    expect(s.classes()).toEqual(["kern_user_other", "unknown", "unknown", "kern_kern"]);
  });
});

describe("stock events: CPUs and losses", () => {
  it("a CPU whose stopper came in and whose idle task goes out was down in between", () => {
    const s = new Script("stock");
    s.fork(50, 100).switch(IDLE, [100, "app"]).flush(0, 0).switch([100, "app"], IDLE, 1);
    s.switch(IDLE, [62, "migration/0"]).switch(IDLE, [100, "app"]).flush(0, 0);
    expect(s.classes().at(-1)).toBe("kern_user_other");
    expect(s.log).toContain("offlineToInitMm");
    expect(s.log).toContain("cpuOnline");
    expect([...s.report().conflicts]).toEqual([]);
  });

  it("a switch out of a task that did not come in is a conflict", () => {
    const s = new Script("stock");
    s.switch(IDLE, KWORKER).switch([21, "kworker/0:1"], IDLE, 1);
    expect(s.report().conflicts.get("prev_pid_mismatch")).toBe(1);
  });

  it("after a loss an old task's mm is unknown until it is seen again", () => {
    const s = new Script("stock");
    s.fork(50, 100).switch(IDLE, [100, "app"]).flush(0, 0).switch([100, "app"], IDLE, 1).lost(7);
    s.switch(IDLE, [100, "app"]).flush(0, 0);
    expect(s.classes().at(-1)).toBe("unknown");
    expect(s.report()).toMatchObject({ lostPlaces: 1, lostEvents: 7 });
  });

  it("holds back no more records than its window", () => {
    const s = new Script("stock", memoryWindow(8));
    for (let n = 0; n < 50; n++) s.switch(IDLE, KWORKER).switch(KWORKER, IDLE, 1);
    expect(s.classes().length).toBe(100);
    expect(s.report().longestWindow).toBe(8);
  });
});

describe("probes", () => {
  it("an address is another mm after __mmdrop", () => {
    const s = new Script("kernel");
    s.lazySwitch(0, 0, 5, 100, 7).mmdropFinal(5).lazySwitch(100, 7, 7, 101, 5);
    expect(s.classes()).toEqual(["kern_user_other", "user_user_other"]);
    expect(s.report().mms.map((mm) => mm.address)).toEqual([5n, 7n, 5n]);
  });

  it("kthread_use_mm makes a user of a kernel thread until it unuses the mm", () => {
    const s = new Script("kernel");
    s.lazySwitch(0, 0, 5, 20, 0).useMm(20, 7).lazySwitch(20, 7, 7, 0, 0).lazySwitch(0, 0, 7, 20, 7);
    s.enterLazy(20, 7, 20).lazySwitch(20, 0, 7, 0, 0);
    expect(s.classes()).toEqual(["kern_kern", "user_kern", "kern_user_same", "kern_kern"]);
    expect(s.log.filter((name) => name === "useMm" || name === "unuseMm")).toEqual(["useMm", "unuseMm"]);
    expect([...s.report().conflicts]).toEqual([]);
  });

  it("switch_mm to init_mm with a task takes the lazy mm off a dying CPU", () => {
    const s = new Script("kernel");
    s.lazySwitch(100, 5, 5, 0, 0).switchMm(0, 5, 1, 9).lazySwitch(0, 0, 1, 100, 5);
    expect(s.classes()).toEqual(["user_kern", "kern_user_other"]);
    expect(s.report().observed.get("force_init_mm_dropped_lazy_mm")).toBe(1);
  });

  it("an exit that was announced is an exit only when the mm is gone", () => {
    const s = new Script("kernel");
    s.lazySwitch(0, 0, 5, 100, 7)
      .exitMmRelease(100, 7)
      .lazySwitch(100, 7, 7, 0, 0)
      .lazySwitch(0, 0, 7, 100, 7);
    s.lazySwitch(100, 0, 7, 0, 0);
    expect(s.classes()).toEqual(["kern_user_other", "user_kern", "kern_user_same", "kern_kern"]);
    expect(s.report().exitMm).toBe(1);
    expect(s.log.indexOf("exitMm")).toBeGreaterThan(s.log.indexOf("taskAppears"));
  });
});
