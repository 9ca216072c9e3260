/**
 * Random programs, as Kernel TypeScript and as JavaScript.
 *
 * Both texts come from one list of choices (a list of numbers that a property-testing library shrinks), so a failing
 * program gets smaller as the list does. In the JavaScript text every operator is followed by `| 0` and a field is a
 * call of `get` or `set`, so that its run is a trace of accesses to compare with.
 */

/** One program in two languages. */
export interface RandomProgram {
  readonly kts: string;
  /** Body of a function of `get(field)` and `set(field, value)`; calls them as the program accesses memory. */
  readonly js: string;
}

/** The fields of the one struct, all of type int. */
export const FIELDS = ["a", "b", "c"] as const;

interface Text {
  readonly kts: string;
  readonly js: string;
}

interface Variable {
  readonly name: string;
  readonly mutable: boolean;
}

/** The program that a list of choices stands for. */
export function randomProgram(choices: readonly number[]): RandomProgram {
  return new Generator(choices).program();
}

const text = (kts: string, js: string = kts): Text => ({ kts, js });

class Generator {
  readonly #choices: readonly number[];
  #next = 0;
  #names = 0;
  /** How many of the helper functions may be called: f1 calls f0, main calls both. */
  #callable = 0;
  #inLoop = false;
  #returnsValue = false;

  constructor(choices: readonly number[]) {
    this.#choices = choices;
  }

  program(): RandomProgram {
    const helpers = [0, 1].map((index) => this.#helper(index));
    this.#returnsValue = false;
    const main = this.#statements([], 3, 12);
    const struct = `export interface node extends struct { ${FIELDS.map((field) => `${field}: int;`).join(" ")} }`;
    const head = `${struct}\nexport const G = DEFINE<node>();\n`;
    return {
      kts: `${head}${helpers.map((helper) => helper.kts).join("")}export function main(): void { ${main.kts} }\n`,
      js: `${helpers.map((helper) => helper.js).join("")}(function main() { ${main.js} })();`,
    };
  }

  /** A number from 0 to n−1; 0, the simplest choice, when the list has ended. */
  #choose(n: number): number {
    const choice = this.#choices[this.#next++];
    return choice === undefined ? 0 : choice % n;
  }

  #fresh(prefix: string): string {
    return `${prefix}${this.#names++}`;
  }

  #helper(index: number): Text {
    this.#callable = index;
    this.#returnsValue = true;
    const params: Variable[] = [
      { name: "p", mutable: this.#choose(2) === 1 },
      { name: "q", mutable: false },
    ];
    const body = this.#statements(params, 2);
    const value = this.#expression(params, 1);
    this.#callable = index + 1;
    const end = text(`return ${value.kts}; }`, `return ${value.js}; }`);
    return text(
      `function f${index}(p: int, q: int): int { ${body.kts} ${end.kts}\n`,
      `function f${index}(p, q) { ${body.js} ${end.js}\n`,
    );
  }

  /** A jump may end a block only where what follows the block can be reached otherwise. */
  #block(scope: readonly Variable[], depth: number, mayJump = false): Text {
    const body = this.#statements([...scope], depth);
    const end = mayJump && this.#choose(3) === 2 ? this.#jump(scope) : text("");
    return text(`{ ${body.kts} ${end.kts} }`, `{ ${body.js} ${end.js} }`);
  }

  #jump(scope: readonly Variable[]): Text {
    if (this.#inLoop && this.#choose(2) === 0) return text(this.#choose(2) === 0 ? "break;" : "continue;");
    if (!this.#returnsValue) return text("return;");
    const value = this.#expression(scope, 1);
    return text(`return ${value.kts};`, `return ${value.js};`);
  }

  #statements(scope: Variable[], depth: number, atMost = 4): Text {
    const list: Text[] = [];
    for (let count = this.#choose(atMost); count > 0; count--) list.push(this.#statement(scope, depth));
    return text(list.map(({ kts }) => kts).join(" "), list.map(({ js }) => js).join(" "));
  }

  #statement(scope: Variable[], depth: number): Text {
    switch (this.#choose(depth > 0 ? 7 : 4)) {
      case 0:
        return this.#store(scope);
      case 1:
        return this.#declaration(scope, depth);
      case 2:
        return this.#assignment(scope, depth);
      case 3:
        return this.#update(scope);
      case 4:
        return this.#if(scope, depth);
      case 5:
        return this.#for(scope, depth);
      default:
        return this.#block(scope, depth - 1);
    }
  }

  #store(scope: readonly Variable[]): Text {
    const field = this.#field();
    const value = this.#expression(scope, 2);
    return text(`G.${field} = ${value.kts};`, `set("${field}", ${value.js});`);
  }

  /** `G.f op= …` reads before it evaluates. */
  #update(scope: readonly Variable[]): Text {
    const field = this.#field();
    const value = this.#expression(scope, 1);
    const operator = ["+", "-", "^"][this.#choose(3)] ?? "+";
    return text(
      `G.${field} ${operator}= ${value.kts};`,
      `set("${field}", (get("${field}") ${operator} ${value.js}) | 0);`,
    );
  }

  #declaration(scope: Variable[], depth: number): Text {
    const value = this.#expression(scope, depth);
    const mutable = this.#choose(2) === 0;
    const name = this.#fresh("v");
    scope.push({ name, mutable });
    const keyword = mutable ? "let" : "const";
    return text(`${keyword} ${name} = ${value.kts};`, `${keyword} ${name} = ${value.js};`);
  }

  #assignment(scope: readonly Variable[], depth: number): Text {
    const targets = scope.filter(({ mutable }) => mutable);
    const target = targets[this.#choose(Math.max(1, targets.length))];
    if (target === undefined) return this.#store(scope);
    const value = this.#expression(scope, depth);
    return text(`${target.name} = ${value.kts};`, `${target.name} = ${value.js};`);
  }

  #if(scope: readonly Variable[], depth: number): Text {
    const test = this.#condition(scope, 2);
    const alone = this.#choose(2) === 0;
    const yes = this.#block(scope, depth - 1, alone);
    if (alone) return text(`if (${test.kts}) ${yes.kts}`, `if (${test.js}) ${yes.js}`);
    const no = this.#block(scope, depth - 1);
    return text(`if (${test.kts}) ${yes.kts} else ${no.kts}`, `if (${test.js}) ${yes.js} else ${no.js}`);
  }

  /** A loop that ends: its counter is nobody else's. */
  #for(scope: readonly Variable[], depth: number): Text {
    const name = this.#fresh("i");
    const turns = this.#choose(4);
    const outer = this.#inLoop;
    this.#inLoop = true;
    const body = this.#block([...scope, { name, mutable: false }], depth - 1, true);
    this.#inLoop = outer;
    if (this.#choose(3) === 2) {
      const test = text(`${name} < ${turns} && G.a !== 77`, `${name} < ${turns} && get("a") !== 77`);
      const head = text(
        `for (let ${name} = 0; ${test.kts}; ${name}++)`,
        `for (let ${name} = 0; ${test.js}; ${name}++)`,
      );
      return text(`${head.kts} ${body.kts}`, `${head.js} ${body.js}`);
    }
    const head = `for (let ${name} = 0; ${name} < ${turns}; ${name}++)`;
    return text(`${head} ${body.kts}`, `${head} ${body.js}`);
  }

  #field(): string {
    return FIELDS[this.#choose(FIELDS.length)] ?? "a";
  }

  #expression(scope: readonly Variable[], depth: number): Text {
    switch (this.#choose(depth > 0 ? 6 : 3)) {
      case 0:
        return text(String(this.#choose(5)));
      case 1: {
        const variable = scope[this.#choose(Math.max(1, scope.length))];
        return text(variable?.name ?? "1");
      }
      case 2: {
        const field = this.#field();
        return text(`G.${field}`, `get("${field}")`);
      }
      case 3:
        return this.#binary(scope, depth);
      case 4: {
        const test = this.#condition(scope, depth - 1);
        const [yes, no] = [this.#expression(scope, depth - 1), this.#expression(scope, depth - 1)];
        return text(`(${test.kts} ? ${yes.kts} : ${no.kts})`, `(${test.js} ? ${yes.js} : ${no.js})`);
      }
      default:
        return this.#call(scope, depth);
    }
  }

  #binary(scope: readonly Variable[], depth: number): Text {
    const operator = ["+", "-", "&", "|", "^", "<<", ">>"][this.#choose(7)] ?? "+";
    const [left, right] = [this.#expression(scope, depth - 1), this.#expression(scope, depth - 1)];
    return text(`(${left.kts} ${operator} ${right.kts})`, `((${left.js} ${operator} ${right.js}) | 0)`);
  }

  #call(scope: readonly Variable[], depth: number): Text {
    if (this.#callable === 0) return this.#binary(scope, depth);
    const name = `f${this.#choose(this.#callable)}`;
    const [first, second] = [this.#expression(scope, depth - 1), this.#expression(scope, depth - 1)];
    return text(`${name}(${first.kts}, ${second.kts})`, `${name}(${first.js}, ${second.js})`);
  }

  #condition(scope: readonly Variable[], depth: number): Text {
    switch (this.#choose(depth > 0 ? 5 : 2)) {
      case 0:
        return this.#comparison(scope, depth);
      case 1:
        return this.#expression(scope, 0);
      case 2: {
        const operand = this.#condition(scope, depth - 1);
        return text(`!(${operand.kts})`, `!(${operand.js})`);
      }
      default: {
        const operator = this.#choose(2) === 0 ? "&&" : "||";
        const [left, right] = [this.#condition(scope, depth - 1), this.#condition(scope, depth - 1)];
        return text(`(${left.kts} ${operator} ${right.kts})`, `(${left.js} ${operator} ${right.js})`);
      }
    }
  }

  #comparison(scope: readonly Variable[], depth: number): Text {
    const operator = ["===", "!==", "<", "<=", ">", ">="][this.#choose(6)] ?? "===";
    const [left, right] = [this.#expression(scope, depth - 1), this.#expression(scope, depth - 1)];
    return text(`${left.kts} ${operator} ${right.kts}`, `${left.js} ${operator} ${right.js}`);
  }
}
