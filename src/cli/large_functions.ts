/**
 * Lets V8 optimise large generated functions.
 *
 * A body of the simulator has everything inlined, as its op stream has: the exit of a process is one function of more than
 * 60 kB of bytecode, which is where V8 stops optimising (`--max-optimized-bytecode-size`). Above that it runs as
 * baseline code, at less than two thirds of the speed (docs/simulator.md).
 */

import { setFlagsFromString } from "node:v8";

const BYTES = 1 << 20;

/** Before the first simulation of a thread. */
export function optimiseLargeFunctions(): void {
  setFlagsFromString(`--max-optimized-bytecode-size=${BYTES}`);
}
