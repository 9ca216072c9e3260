/** Fences as relations, for models that include herd7's files of fences: name of the file → text. */

const X86 = `
let mfence = fencerel(MFENCE)
let sfence = fencerel(SFENCE)
let lfence = fencerel(LFENCE)
`;

const AARCH64 = `
let dmb.ish = fencerel(DMB.ISH)
let dmb.ishld = fencerel(DMB.ISHLD)
let dmb.ishst = fencerel(DMB.ISHST)
let dmb.sy = fencerel(DMB.SY)
let dmb.ld = fencerel(DMB.LD)
let dmb.st = fencerel(DMB.ST)
let dsb.sy = fencerel(DSB.SY)
let dsb.ld = fencerel(DSB.LD)
let dsb.st = fencerel(DSB.ST)
let isb = fencerel(ISB)
let ctrlisb = ctrlcfence(ISB)
`;

const POWER = `
let sync = fencerel(SYNC)
let lwsync = fencerel(LWSYNC)
let eieio = fencerel(EIEIO)
let isync = fencerel(ISYNC)
let ctrlisync = ctrlcfence(ISYNC)
`;

export const FENCES: Readonly<Record<string, string>> = {
  "x86fences.cat": X86,
  "aarch64fences.cat": AARCH64,
  "ppcfences.cat": POWER,
  "fences.cat": X86 + AARCH64 + POWER,
};
