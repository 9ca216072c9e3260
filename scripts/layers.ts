/**
 * Who may import whom: the architecture, read top-down.
 *
 * A folder of `src/` imports itself and the folders of its row, nothing else. What is not listed is forbidden, so a
 * new edge in the graph is a change of this file that a reviewer sees. Tests beside sources may import anything.
 *
 * `model/` has no row: specimens are read as input, never imported.
 */

export interface Layer {
  /** Folders of `src/` it may import. */
  readonly folders: readonly string[];
  /** Packages it may import; `node:` stands for all modules of Node. */
  readonly packages?: readonly string[];
}

export const LAYERS: Readonly<Record<string, Layer>> = {
  // Foundations: no domain, or data only.
  base: { folders: [] },
  diag: { folders: ["base"] },
  evidence: { folders: ["base"] },

  // Specimens become one IR.
  ir: { folders: ["base", "diag"] },
  compile: { folders: ["base", "diag", "ir"], packages: ["@babel/parser", "@babel/types"] },
  memory: { folders: ["base", "diag"] },

  // Traces become one event stream.
  trace: { folders: ["base", "diag"], packages: ["fflate", "zstddec"] },

  // Instruments execute the IR and emit evidence.
  world: { folders: ["base", "diag", "ir"] },
  check: { folders: ["base", "diag", "ir", "memory", "world", "evidence"] },
  sim: { folders: ["base", "diag", "ir", "world", "trace", "evidence"] },

  // Readers of evidence, and the edges: the only places that know of Node.
  report: { folders: ["base", "evidence"], packages: ["@observablehq/plot", "linkedom"] },
  cli: {
    folders: [
      "base",
      "diag",
      "evidence",
      "ir",
      "compile",
      "memory",
      "trace",
      "world",
      "check",
      "sim",
      "report",
    ],
    packages: ["node:", "commander"],
  },
};

/** Exceptions that are owed: each with the date it was granted and what ends it. Empty is the aim. */
export const DEBT: readonly {
  readonly from: string;
  readonly to: string;
  readonly since: string;
  readonly until: string;
}[] = [];
