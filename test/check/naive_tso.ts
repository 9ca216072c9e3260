/**
 * A second engine for store buffers: x86-TSO over straight-line programs, written from the paper alone.
 *
 * Sewell et al., "x86-TSO" (CACM 2010), figure 2: a memory, and per CPU a FIFO of stores that the CPU itself reads first.
 * Added for this project: an interrupt is taken between two instructions, with interrupts on and an empty buffer, and
 * returned from with an empty buffer; a call to the other CPU is sent with an empty buffer and may be waited for.
 *
 * A program is two lists of instructions and a handler per CPU. Its text in Kernel TypeScript is made from the same
 * lists; nothing else is shared with the checker.
 */

export type Instruction =
  | { readonly op: "store"; readonly to: string; readonly value: number }
  /** Reads `from` and stores what it found in `to`: two steps, as in the text. */
  | { readonly op: "load"; readonly from: string; readonly to: string }
  | { readonly op: "swap"; readonly at: string; readonly value: number }
  | { readonly op: "mb" | "off" | "on" }
  /** Runs the other CPU's handler. */
  | { readonly op: "call"; readonly wait: boolean };

export interface Litmus {
  readonly mains: readonly [readonly Instruction[], readonly Instruction[]];
  /** Stores and loads. */
  readonly handlers: readonly [readonly Instruction[], readonly Instruction[]];
}

/** The body of a main or handler. */
export function textOf(list: readonly Instruction[], cpu: number): string {
  return list.map((instruction, index) => statement(instruction, cpu, index)).join("\n");
}

function statement(i: Instruction, cpu: number, index: number): string {
  switch (i.op) {
    case "store":
      return `WRITE_ONCE(G.${i.to}, ${i.value});`;
    case "load":
      return `const v${index} = READ_ONCE(G.${i.from}); WRITE_ONCE(G.${i.to}, v${index});`;
    case "swap":
      return `xchg(G.${i.at}, ${i.value});`;
    case "mb":
      return "smp_mb();";
    case "off":
      return "local_irq_disable();";
    case "on":
      return "local_irq_enable();";
    case "call":
      return `smp_call_function_single(${1 - cpu}, h${1 - cpu}, 0, ${i.wait});`;
  }
}

/** What a CPU does step by step. */
type Step =
  | { readonly op: "put"; readonly to: string; readonly value: number }
  | { readonly op: "get"; readonly from: string }
  /** Stores what the last `get` found. */
  | { readonly op: "put-got"; readonly to: string }
  | { readonly op: "swap"; readonly at: string; readonly value: number }
  | { readonly op: "mb" | "off" | "on" | "send" | "wait" | "return" };

interface Cpu {
  /** Steps left of the main, and of the handler on top of it. */
  readonly main: number;
  readonly handler: number | undefined;
  readonly got: number;
  /** What the main had read when it was interrupted. */
  readonly saved: number;
  readonly off: boolean;
  readonly buffer: readonly { readonly to: string; readonly value: number }[];
  /** Its call to the other CPU: on its way, or being handled. */
  readonly call: "none" | "sent" | "handled";
}

interface Machine {
  readonly memory: Readonly<Record<string, number>>;
  readonly cpus: readonly [Cpu, Cpu];
}

/** All final memories, as sorted JSON; "hang" where somebody waits for ever. */
export function outcomes(litmus: Litmus, variables: readonly string[]): Set<string> {
  const mains = litmus.mains.map(stepsOf);
  const handlers = litmus.handlers.map((list) => [...stepsOf(list), { op: "return" } as const]);
  const idle: Cpu = { main: 0, handler: undefined, got: 0, saved: 0, off: false, buffer: [], call: "none" };
  const start: Machine = {
    memory: Object.fromEntries(variables.map((name) => [name, 0])),
    cpus: [idle, idle],
  };
  const seen = new Set([JSON.stringify(start)]);
  const work = [start];
  const found = new Set<string>();
  for (let machine = work.pop(); machine !== undefined; machine = work.pop()) {
    const next = [0, 1].flatMap((c) => movesOf(machine as Machine, c, mains, handlers));
    if (next.length === 0) found.add(finalOf(machine, mains, variables));
    for (const after of next) {
      const key = JSON.stringify(after);
      if (seen.has(key)) continue;
      seen.add(key);
      work.push(after);
    }
  }
  return found;
}

function finalOf({ memory, cpus }: Machine, mains: readonly Step[][], variables: readonly string[]): string {
  const ended = cpus.every((cpu, c) => cpu.handler === undefined && cpu.main === mains[c]?.length);
  return ended ? JSON.stringify(variables.map((name) => memory[name])) : "hang";
}

function stepsOf(list: readonly Instruction[]): Step[] {
  return list.flatMap((i): Step[] => {
    switch (i.op) {
      case "store":
        return [{ op: "put", to: i.to, value: i.value }];
      case "load":
        return [
          { op: "get", from: i.from },
          { op: "put-got", to: i.to },
        ];
      case "swap":
        return [i];
      case "call":
        return i.wait ? [{ op: "send" }, { op: "wait" }] : [{ op: "send" }];
      default:
        return [{ op: i.op }];
    }
  });
}

function movesOf(m: Machine, c: number, mains: readonly Step[][], handlers: readonly Step[][]): Machine[] {
  const cpu = m.cpus[c as 0 | 1];
  const other = m.cpus[(1 - c) as 0 | 1];
  const moves: Machine[] = [];
  const [oldest, ...rest] = cpu.buffer;
  if (oldest !== undefined) {
    const memory = { ...m.memory, [oldest.to]: oldest.value };
    moves.push({ memory, cpus: withCpu(m.cpus, c, { ...cpu, buffer: rest }) });
  }
  const inHandler = cpu.handler !== undefined;
  if (!inHandler && !cpu.off && oldest === undefined && other.call === "sent") {
    const cpus = withCpu(m.cpus, c, { ...cpu, handler: 0, got: 0, saved: cpu.got });
    moves.push({ memory: m.memory, cpus: withCpu(cpus, 1 - c, { ...other, call: "handled" }) });
  }
  const step = inHandler ? handlers[c]?.[cpu.handler ?? 0] : mains[c]?.[cpu.main];
  if (step !== undefined) moves.push(...take(m, c, step));
  return moves;
}

/** The step itself, where it does not have to wait. */
function take(m: Machine, c: number, step: Step): Machine[] {
  const cpu = m.cpus[c as 0 | 1];
  const past =
    cpu.handler === undefined ? { ...cpu, main: cpu.main + 1 } : { ...cpu, handler: cpu.handler + 1 };
  const to = (after: Partial<Cpu>, memory = m.memory): Machine[] => [
    { memory, cpus: withCpu(m.cpus, c, { ...past, ...after }) },
  ];
  const empty = cpu.buffer.length === 0;
  switch (step.op) {
    case "put":
      return to({ buffer: [...cpu.buffer, { to: step.to, value: step.value }] });
    case "put-got":
      return to({ got: 0, buffer: [...cpu.buffer, { to: step.to, value: cpu.got }] });
    case "get": {
      const own = cpu.buffer.filter((entry) => entry.to === step.from).at(-1);
      return to({ got: own?.value ?? m.memory[step.from] ?? 0 });
    }
    case "swap":
      return empty ? to({}, { ...m.memory, [step.at]: step.value }) : [];
    case "mb":
      return empty ? to({}) : [];
    case "off":
      return to({ off: true });
    case "on":
      return to({ off: false });
    case "send":
      return empty && cpu.call === "none" ? to({ call: "sent" }) : [];
    case "wait":
      return cpu.call === "none" ? to({}) : [];
    case "return": {
      if (!empty) return [];
      const other = m.cpus[(1 - c) as 0 | 1];
      const cpus = withCpu(m.cpus, c, { ...cpu, handler: undefined, got: cpu.saved, saved: 0 });
      return [{ memory: m.memory, cpus: withCpu(cpus, 1 - c, { ...other, call: "none" }) }];
    }
  }
}

function withCpu(cpus: readonly [Cpu, Cpu], c: number, cpu: Cpu): [Cpu, Cpu] {
  return c === 0 ? [cpu, cpus[1]] : [cpus[0], cpu];
}
