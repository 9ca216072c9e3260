/**
 * A witness: a path through a world as a short printable string, and back.
 *
 *     lz1.<program>.<mode><choices>
 *
 * `program` is a digest of the linked program, so a witness of a specimen that has changed since is refused, not
 * misread. `mode` is one letter: `o` when CPU loops run in ascending order and `a` when any order is a choice, `t` and
 * `u` the same with store buffers (TSO), `v` and `w`, `x` and `y` with longer ones, `g` where memory is an execution graph
 * (of whatever model: the witness does not say which); upper case when owned accesses are
 * steps of their own. `choices` holds one
 * base-62 digit for each state on the path that has more than one move (two where it has more than 62): the index of the
 * move taken, in the order in which `World.transitions` lists them. States with one move take no room.
 *
 * Where memory is a graph, how many moves there are depends on what the memory keeps of the past, and the one that found the
 * path keeps less than the one in which it is followed. There `choices` names each move: a digit for twice its CPU, one more
 * if there is an outcome other than 0, whose two digits follow.
 */

import { assert, present } from "../../base/assert.ts";
import { InputError } from "../../base/input_error.ts";
import type { Program } from "../../ir/types.ts";
import { STORE_DEPTHS } from "../../world/store_buffer.ts";
import { type MemoryModel, MOVE_BITS, type World } from "../../world/world.ts";
import type { Packer } from "./pack.ts";
import { MOST_MOVES, type Step } from "./search.ts";

const FORMAT = "lz1";
const DIGITS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
/** Moves after which a replayed path is taken not to end. */
const LONGEST = 1_000_000;

/** The world that a witness is a path of. */
export interface WitnessMode {
  readonly anyOrder: boolean;
  readonly partialOrder: boolean;
  readonly model: MemoryModel;
  readonly storeDepth: number;
  /** Memory is an execution graph. */
  readonly graphs: boolean;
}

export interface ParsedWitness extends WitnessMode {
  readonly choices: string;
}

/** Letters of modes: two for sequential consistency, then two for each depth of `STORE_DEPTHS`. */
const MODES = "oatuvwxy";
const GRAPHS = "g";

function modeLetter({ anyOrder, partialOrder, model, storeDepth, graphs }: WitnessMode): string {
  if (graphs) return partialOrder ? GRAPHS : GRAPHS.toUpperCase();
  const depth = model === "sc" ? 0 : 1 + (STORE_DEPTHS as readonly number[]).indexOf(storeDepth);
  const letter = present(MODES[2 * depth + (anyOrder ? 1 : 0)], "mode");
  return partialOrder ? letter : letter.toUpperCase();
}

function modeOf(letter: string): WitnessMode {
  const graphs = letter.toLowerCase() === GRAPHS;
  const partialOrder = letter === letter.toLowerCase();
  if (graphs) return { anyOrder: false, partialOrder, model: "sc", storeDepth: STORE_DEPTHS[0], graphs };
  const index = MODES.indexOf(letter.toLowerCase());
  const depth = index >> 1;
  return {
    anyOrder: (index & 1) === 1,
    partialOrder,
    graphs,
    model: depth === 0 ? "sc" : "tso",
    storeDepth: STORE_DEPTHS[Math.max(0, depth - 1)] ?? STORE_DEPTHS[0],
  };
}

/** Takes a witness apart. `InputError` when it is not one, or is of another version or another program. */
export function parseWitness(text: string, program: Program): ParsedWitness {
  const parts = text.trim().split(".");
  const [format, digest, body] = parts;
  if (format !== FORMAT) {
    const found = /^lz\d+$/.test(format ?? "")
      ? `version ${(format ?? "").slice(2)}`
      : `"${text.slice(0, 20)}"`;
    throw new InputError(`witness: expected version 1 ("${FORMAT}.…"), found ${found}`);
  }
  if (
    parts.length !== 3 ||
    digest === undefined ||
    body === undefined ||
    !/^[oagt-yOAGT-Y][0-9a-zA-Z]*$/.test(body)
  ) {
    throw new InputError(
      `witness: expected "${FORMAT}.PROGRAM.CHOICES", found ${parts.length} parts or foreign characters`,
    );
  }
  const how = modeOf(body.charAt(0));
  const expected = programDigest(program, how);
  if (digest !== expected) {
    throw new InputError(
      `witness: it is of program ${digest}, but scheme, scenario and options give program ${expected}`,
    );
  }
  return { ...how, choices: body.slice(1) };
}

/**
 * Six hexadecimal digits that change when any op of the program does (FNV-1a), and did where memory is weak when last
 * switches began to come unsettled, and where it is a graph when moves began to be named: older witnesses would lead
 * elsewhere.
 */
export function programDigest(program: Program, how: Pick<WitnessMode, "model" | "graphs">): string {
  let h = 0x811c9dc5;
  const add = (text: string): void => {
    for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193) >>> 0;
  };
  for (const func of program.funcs) {
    add(func.name);
    for (const op of func.ops)
      add(JSON.stringify(op, (key, value: unknown) => (key === "at" ? undefined : value)));
  }
  if (how.graphs || how.model === "tso") add("unsettled");
  if (how.graphs) add("moves");
  return (h >>> 8).toString(16).padStart(6, "0");
}

/**
 * The moves, from the initial state of `world`, that follow `path`. Under symmetry the path's states are canonical
 * images; each move is then replaced by the one whose result has the same image. The last move breaks property `breaks`.
 */
export function concreteMoves(world: World, packer: Packer, path: readonly Step[], breaks: string): number[] {
  const state = world.initial();
  const next = new Int32Array(state.length);
  const moves = new Int32Array(MOST_MOVES);
  const packed = new Uint32Array(packer.words);
  return path.map((step) => {
    const n = world.transitions(state, moves);
    for (let m = 0; m < n; m++) {
      const move = moves[m] ?? 0;
      next.set(state);
      world.apply(next, move);
      if (!leadsTo(world, packer, next, packed, step, breaks)) continue;
      state.set(next);
      return move;
    }
    assert(false, "a path that cannot be followed");
    return 0;
  });
}

function leadsTo(
  world: World,
  packer: Packer,
  next: Int32Array,
  packed: Uint32Array,
  step: Step,
  breaks: string,
): boolean {
  if (step.to === undefined) return world.fault?.property === breaks;
  if (world.fault !== undefined || world.outOf !== undefined) return false;
  packer.pack(next, packed, 0);
  return packed.every((w, i) => w === step.to?.[i]);
}

/** Writes a witness for `moves` from the initial state of `world`. */
export function formatWitness(world: World, how: WitnessMode, moves: readonly number[]): string {
  const choices = how.graphs ? moves.map(nameOf).join("") : indexesOf(world, moves);
  return `${FORMAT}.${programDigest(world.program, how)}.${modeLetter(how)}${choices}`;
}

function indexesOf(world: World, moves: readonly number[]): string {
  const state = world.initial();
  const offered = new Int32Array(MOST_MOVES);
  let choices = "";
  for (const move of moves) {
    const n = world.transitions(state, offered);
    if (n > 1) choices += digitsOf(offered.subarray(0, n).indexOf(move), n);
    world.apply(state, move);
  }
  return choices;
}

/** The digits that name a move of a graph's world. */
function nameOf(move: number): string {
  const outcome = move & OUTCOME;
  const first = present(DIGITS[2 * (move >> MOVE_BITS) + (outcome === 0 ? 0 : 1)], "digit");
  return outcome === 0 ? first : first + digitsOf(outcome, DIGITS.length + 1);
}

const OUTCOME = (1 << MOVE_BITS) - 1;

/** Digits of a choice among `n`. */
const widthOf = (n: number): number => (n <= DIGITS.length ? 1 : 2);

function digitsOf(index: number, n: number): string {
  const low = present(DIGITS[index % DIGITS.length], "digit");
  return widthOf(n) === 1 ? low : present(DIGITS[Math.floor(index / DIGITS.length)], "digit") + low;
}

function numberOf(digits: string): number {
  return [...digits].reduce((n, digit) => n * DIGITS.length + DIGITS.indexOf(digit), 0);
}

/**
 * Follows a witness in `world`, calling `onMove` before each move. Ends at a fault, at a state without moves, or
 * where the choices run out and there is more than one move.
 */
export function followWitness(
  world: World,
  witness: ParsedWitness,
  onMove: (state: Int32Array, move: number) => void,
): Int32Array {
  const state = world.initial();
  const offered = new Int32Array(MOST_MOVES);
  let used = 0;
  for (let length = 0; length < LONGEST; length++) {
    const n = world.transitions(state, offered);
    if (n === 0) return allUsed(witness, used, state);
    if ((n > 1 || witness.graphs) && used === witness.choices.length) return state;
    const next = nextMove(witness, used, offered.subarray(0, n));
    used += next.width;
    const { move } = next;
    onMove(state, move);
    world.apply(state, move);
    if (world.refused)
      throw new InputError(`witness: the memory model forbids move ${length + 1} of its path`);
    if (world.fault !== undefined) return allUsed(witness, used, state);
    if (world.outOf !== undefined)
      throw new InputError(`witness: after choice ${used} it allocates more than the scenario allows`);
  }
  throw new InputError(`witness: no end after ${LONGEST} moves`);
}

/** The move that the choices name from index `used` on, among those `offered`, and how many digits it takes. */
function nextMove(
  { choices, graphs }: ParsedWitness,
  used: number,
  offered: Int32Array,
): { readonly move: number; readonly width: number } {
  const n = offered.length;
  const named = graphs ? 1 + 2 * (numberOf(choices.charAt(used)) & 1) : n === 1 ? 0 : widthOf(n);
  const digits = choices.slice(used, used + named);
  const move = graphs ? moveOf(digits) : offered[numberOf(digits)];
  if (move === undefined || !offered.includes(move))
    throw new InputError(
      `witness: choice ${used + named} is "${digits}", but ${graphs ? "no such move is" : `only ${n} moves are`} possible there`,
    );
  return { move, width: named };
}

function moveOf(digits: string): number {
  return ((numberOf(digits.charAt(0)) >> 1) << MOVE_BITS) + numberOf(digits.slice(1));
}

/** A witness that goes on after its end is not the one that was printed. */
function allUsed(witness: ParsedWitness, used: number, state: Int32Array): Int32Array {
  const more = witness.choices.length - used;
  if (more > 0)
    throw new InputError(`witness: the path ends after ${used} choices, but ${more} more are given`);
  return state;
}
