import type { Func } from "../../ir/types.ts";
export function optimise(func: Func): Func {
  return func;
}
