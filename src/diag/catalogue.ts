/**
 * Every message of the compiler, by stable id.
 *
 * An entry has the text, with `{…}` for what differs from place to place; the reason for the rule; and what to write
 * instead. The ids are part of the interface: documentation and tests name them, so an entry may be reworded but its
 * id stays. `docs/kts.md` lists the rules that these messages enforce.
 */

/** One kind of complaint. */
export interface CatalogueEntry {
  readonly text: string;
  readonly why?: string;
  readonly instead?: string;
}

export type DiagnosticId = keyof typeof catalogue;

export const catalogue = {
  // ---- text and modules ----
  "kts-syntax": { text: "{message}" },
  "kts-no-file": {
    text: "cannot read {name}",
    instead: "check the spelling; names of the package's own specimens are relative to model/",
  },
  "kts-import-missing": {
    text: 'cannot resolve the import "{specifier}": {reason}',
    instead: 'import a specimen by a relative path, or by "#scheme", "#arch" or "lazytlb/kernel/…"',
  },
  "kts-import-name": {
    text: "{module} exports no `{name}`{suggestion}",
  },
  "kts-import-form": {
    text: "{form} is outside Kernel TypeScript",
    why: "every name of a specimen has one declaration that a reader can search for",
    instead: 'write `import { name } from "…"`',
  },
  "kts-import-cycle": {
    text: "`{name}` is re-exported in a circle",
  },
  "kts-hook-unknown": {
    text: "`{name}` is exported, but {defaults} declares no such hook and nothing imports it{suggestion}",
    why: "a misspelled hook would silently leave the default in force",
    instead: "correct the name, or drop `export` from a helper",
  },
  "kts-hook-signature": {
    text: "hook `{name}` is declared {found}, but the kernel calls it as {expected} ({defaults})",
  },
  "kts-entry-missing": {
    text: "{file} exports no function `{name}` to start from{suggestion}",
  },
  "kts-patch": {
    text: "the patch of {file} applies {count} times, not once: {problem}",
    why: "a mutation names one place of a specimen; if the text has changed, it must be revisited",
  },

  // ---- litmus tests and definition files ----
  "litmus-syntax": { text: "expected {expected}, found {found}" },
  "litmus-character": { text: "{character} means nothing here" },
  "litmus-limit": { text: "more than {limit} {what}" },
  "litmus-thread": {
    text: "expected thread {expected}, found {found}: threads are numbered from P0 in order",
  },
  "litmus-no-thread": { text: "there is no thread P{thread}; the last one is P{last}" },
  "litmus-macro": {
    text: "`{name}` is no primitive of {file}{suggestion}",
    instead: "add a macro to a definition file of your own and name it with --macros",
  },
  "litmus-arguments": { text: "`{name}` takes {expected} arguments, found {found}" },
  "litmus-not-a-place": {
    text: "`{what}` accesses `*x`, a variable, but this is a value",
    instead: "write `*` in front of a pointer",
  },
  "litmus-no-value": { text: "`{name}` has no value" },
  "litmus-array": { text: "{name} has {count} elements, found {found} values" },
  "litmus-index": { text: "{name} has {count} elements" },
  "litmus-number": {
    text: "{number} does not fit in 32 bits",
    why: "values of the kernel's litmus tests are 32-bit integers, as in herd7: -2147483648 to 2147483647, in hexadecimal up to 0xffffffff",
  },
  "litmus-reserved": {
    text: "{number} stands for something else here",
    why: "words from {from} to {to} are the addresses of variables or values that nothing determines",
    instead: "choose another number: what a test shows does not hang on it",
  },
  "litmus-statement": {
    text: "`{word}` is no statement of a litmus test, nor of herd7's",
    instead: "write loops with `while` or `do`, choices with `if`",
  },

  // ---- declarations ----
  "kts-declaration": {
    text: "{what} at the top level is outside Kernel TypeScript",
    instead:
      "the top level holds imports, `interface X extends struct`, `const G = DEFINE<X>()`, constants and functions",
  },
  "kts-duplicate": { text: "`{name}` is already declared in this scope" },
  "kts-interface": {
    text: "interface `{name}` does not extend `struct` alone",
    why: "an interface declares the layout of a kernel object",
    instead: "write `export interface {name} extends struct { … }`",
  },
  "kts-field": {
    text: "{what} is no field of a struct",
    instead: "write `name: type;`",
  },
  "kts-type": {
    text: "{what} is no type of Kernel TypeScript",
    instead:
      "use int, u32, u64, boolean, cpu_t, cpumask_value or the name of a struct (a pointer to it); fields also atomic_t, cpumask_t and spinlock_t",
  },
  "kts-cell-type": {
    text: "{type} is the type of a field, not of a {what}",
    why: "the value of such a cell exists in memory only, where its primitives reach it",
    instead: "pass a pointer to the object that has the field",
  },
  "kts-mask-field": {
    text: "{type} is the type of a value, not of a field",
    instead: "declare the field cpumask_t, and read it with cpumask_read",
  },
  "kts-annotation": {
    text: "{what} has no type annotation",
    why: "a signature tells pointers, integers and CPU numbers apart without looking at its callers",
    instead: "write it, as in `function mmdrop(mm: mm_struct): void`",
  },
  "kts-parameter": {
    text: "{what} is outside Kernel TypeScript",
    instead: "write plain parameters, `name: type`",
  },
  "kts-generic": {
    text: "`{name}` has type parameters",
    why: "a function works on one struct, so that its accesses have a place",
    instead: "name the struct",
  },
  "kts-define": {
    text: "{what} names no struct",
    instead: "write `export const G = DEFINE<X>()` or `DEFINE_PER_CPU<X>()` with a declared struct",
  },
  "kts-percpu-struct": {
    text: "struct `{struct}` belongs to the per-CPU variable `{name}` and has no other objects",
    why: "object c+1 of a per-CPU struct is CPU c's instance",
    instead: "declare a struct of its own",
  },
  "kts-constant": {
    text: "the value of constant `{name}` is not known at compile time",
    why: "top-level constants are folded into the program",
    instead: "write an expression of integers, booleans, CONFIG(…) and other constants",
  },
  "kts-constant-cycle": { text: "constant `{name}` needs its own value" },
  "kts-config": {
    text: 'CONFIG takes the option\'s name and its fallback: CONFIG("DEBUG_VM", false)',
    instead: "write the name as a string and the fallback as true or false",
  },
  "kts-recursion": {
    text: "recursion: {cycle}",
    why: "every call is inlined, so that a function is one flat list of steps",
    instead: "write a loop",
  },

  "kts-size": {
    text: "function `{name}` is longer than {limit} steps once every call is inlined",
    why: "each call is a copy of the callee, so that calls in calls multiply",
    instead: "call from a loop, or from fewer places",
  },

  "kts-property": {
    text: "expected the name of a safety property in quotes: one of {expected}",
    why: "a violation is reported as one of a fixed list; an assertion and a struct that name none are `bug` and `uaf`",
    instead: 'write `VIOLATION_ON("tlb", condition)`, `interface X extends struct<"tlb">`',
  },

  // ---- constructs outside the subset ----
  "kts-closure": {
    text: "{what} is outside Kernel TypeScript",
    why: "calls are inlined and handlers run on other CPUs, where no captured variable exists",
    instead: "declare a function at the top level and pass its name",
  },
  "kts-class": {
    text: "{what} is outside Kernel TypeScript",
    why: "an object is fields at known places, nothing else",
    instead: "declare `interface X extends struct` and functions that take it",
  },
  "kts-string": {
    text: "{what} is outside Kernel TypeScript",
    why: "values are integers, booleans, CPU numbers, CPU masks and pointers",
    instead: "use an integer constant with a name",
  },
  "kts-array": {
    text: "an array is outside Kernel TypeScript",
    why: "memory is objects with fields",
    instead: "use a per-CPU variable, a CPU mask, or fields that link objects",
  },
  "kts-object": {
    text: "an object literal is outside Kernel TypeScript",
    why: "an object comes to life by DEFINE, DEFINE_PER_CPU or alloc, so that its end can be checked",
    instead: "write `const x = alloc<X>()` and assign its fields",
  },
  "kts-exception": {
    text: "{what} is outside Kernel TypeScript",
    why: "the kernel has no exceptions",
    instead: "return an error value, or use BUG_ON for what must not happen",
  },
  "kts-async": {
    text: "{what} is outside Kernel TypeScript",
    why: "a function runs on one CPU from its first step to its last",
    instead: "block with set_current_blocked(), smp_cond_load_acquire() or a lock",
  },
  "kts-new": {
    text: "`new` is outside Kernel TypeScript",
    why: "an object's life is explicit, so that use after free can be found",
    instead: "write `alloc<X>()`",
  },
  "kts-this": {
    text: "`this` is outside Kernel TypeScript",
    why: "functions are not methods",
    instead: "pass the object as a parameter",
  },
  "kts-var": {
    text: "`var` is outside Kernel TypeScript",
    why: "its scope is the whole function, which hides which value a branch sees",
    instead: "write `let` or `const`",
  },
  "kts-equality": {
    text: "`{found}` is outside Kernel TypeScript",
    why: "it converts its operands",
    instead: "write `{strict}`",
  },
  "kts-operator": {
    text: "operator `{operator}` is outside Kernel TypeScript",
    instead: "{instead}",
  },
  "kts-number": {
    text: "`{literal}` is no 32-bit integer",
    why: "values are 32-bit integers, as registers of the IR are",
    instead: "write an integer from -2147483648 to 4294967295 without a suffix",
  },
  "kts-null": {
    text: "`{found}` is outside Kernel TypeScript",
    instead: "write NULL for a pointer, 0 for an integer",
  },
  "kts-destructuring": {
    text: "destructuring is outside Kernel TypeScript",
    why: "each read of memory is written out, so that its order is seen",
    instead: "read the fields one by one",
  },
  "kts-spread": {
    text: "`...` is outside Kernel TypeScript",
    instead: "write the arguments one by one",
  },
  "kts-optional-chaining": {
    text: "`?.` is outside Kernel TypeScript",
    why: "it hides a branch between two reads",
    instead: "test the pointer with `if`",
  },
  "kts-computed": {
    text: "`[…]` is outside Kernel TypeScript",
    why: "a field is known at compile time",
    instead: "write `object.field`",
  },
  "kts-cast": {
    text: "{what} is outside Kernel TypeScript",
    why: "types decide which object a pointer means",
    instead: "declare the value with its type",
  },
  "kts-switch": {
    text: "`switch` is outside Kernel TypeScript",
    instead: "write `if … else if`",
  },
  "kts-label": {
    text: "a label is outside Kernel TypeScript",
    instead: "leave the loop through a flag, or put it in a function and return",
  },
  "kts-loop": {
    text: "{what} is outside Kernel TypeScript",
    instead: "write `for (const cpu of for_each_cpu(mask))`, `while` or `for (;;)`",
  },
  "kts-statement": {
    text: "{what} is outside Kernel TypeScript",
    instead: "use declarations, assignments, calls, if, loops and return",
  },
  "kts-expression": {
    text: "{what} is outside Kernel TypeScript",
    instead: "use integers, booleans, names, fields, operators and calls",
  },
  "kts-assignment-value": {
    text: "an assignment is used as a value",
    why: "one statement, one effect: the order of accesses is the order of statements",
    instead: "assign in a statement of its own",
  },
  "kts-unused-value": {
    text: "the value of this expression is not used",
    instead: "assign it, or delete it (a read for its own sake is `READ_ONCE(…)`)",
  },

  // ---- names ----
  "kts-unknown-name": {
    text: "`{name}` is not declared{suggestion}",
  },
  "kts-unknown-field": {
    text: "struct `{struct}` has no field `{field}`{suggestion}",
  },
  "kts-unknown-type": {
    text: "type `{name}` is not declared{suggestion}",
  },
  "kts-not-a-value": {
    text: "`{name}` is {what}, not a value",
    instead: "{instead}",
  },
  "kts-not-callable": { text: "{what} cannot be called", instead: "call a declared function or a primitive" },
  "kts-assign-target": {
    text: "{what} cannot be assigned",
    instead: "{instead}",
  },

  // ---- types ----
  "kts-mismatch": {
    text: "{what} has type {found}, expected {expected}",
  },
  "kts-cpu-int": {
    text: "{what} has type {found}, expected {expected}",
    why: "CPU numbers are interchangeable and the checker renames them; integers are not",
    instead: "declare the value `cpu_t` where it is a CPU, `int` where it is a number",
  },
  "kts-cpu-arithmetic": {
    text: "operator `{operator}` on a CPU number",
    why: "CPU numbers are interchangeable: the checker renames them, so only `===` and `!==` mean something",
    instead: "use for_each_cpu and masks",
  },
  "kts-operand": {
    text: "operator `{operator}` does not apply to {found}",
  },
  "kts-argument-count": {
    text: "`{name}` takes {expected}, got {found}",
  },
  "kts-lvalue": {
    text: "`{name}` needs {expected} as argument {index}, got {found}",
    why: "the primitive acts on a location, not on a value read from it",
    instead: "pass the field itself, as in `{name}(…object.field…)`",
  },
  "kts-cell-access": {
    text: "field `{field}` is {type} and cannot be {how}",
    why: "its value changes only through primitives, which say how the access is ordered",
    instead: "{instead}",
  },
  "kts-type-argument": {
    text: "`{name}` needs a struct as type argument",
    instead: "write `{name}<…>(…)` with the struct's name",
  },
  "kts-role-struct": {
    text: "`{name}` uses `{found}` as the struct of {role}, but `{expected}` is already that",
    why: "a program has one struct of tasks and one of page-table roots",
  },
  "kts-handler": {
    text: "{what} cannot be passed as a handler: {problem}",
    instead: "pass the name of a top-level function",
  },
  "kts-wait-constant": {
    text: "argument `wait` of `{name}` is not a constant",
    why: "whether a CPU waits for its interrupts is part of the program, not of its data",
    instead: "pass true or false",
  },
  "kts-iterable": {
    text: "{what} is nothing to loop over",
    instead: "use for_each_cpu(mask), for_each_possible_cpu() or for_each_online_cpu()",
  },

  // ---- control flow ----
  "kts-return-missing": {
    text: "`{name}` returns {type}, but its end can be reached without `return`",
  },
  "kts-return-value": {
    text: "{problem}",
  },
  "kts-unreachable": {
    text: "this statement is never reached",
    instead: "delete it",
  },
  "kts-jump": { text: "`{what}` outside of a loop" },

  // ---- memory models: cat, bell and cfg files ----
  "cat-syntax": { text: "expected {expected}, found {found}" },
  "cat-character": { text: "{found} starts no word of the cat language" },
  "cat-unterminated": { text: "this {what} has no end: expected `{closing}`" },
  "cat-depth": {
    text: "nested more than {limit} deep",
    instead: "give parts of the expression names",
  },
  "cat-file": {
    text: "cannot read {name}",
    instead: "put it beside the file that names it",
  },
  "cat-cfg": { text: "expected {expected}, found {found}" },
  "cat-unknown-name": {
    text: "`{name}` is not defined",
    why: "an unknown name that meant nothing would silently weaken the model",
    instead: "define it, or write `try {name} with emptyset`",
  },
  "cat-kind": { text: "{what} is {found}, expected {expected}" },
  "cat-recursion": {
    text: "`{name}` {problem}",
    why: "functions are inlined, and a recursive definition is a least fixpoint of sets and relations",
  },
  "cat-size": {
    text: "the model needs more than {limit} steps to unfold",
    why: "each call of a function is a copy of its body",
  },
  "cat-unsupported": {
    text: "{what} is not supported",
    why: "{why}",
  },
} as const satisfies Record<string, CatalogueEntry>;
