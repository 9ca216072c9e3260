/** A progress bar: one line on stderr that rewrites itself, on a terminal only. */

const BAR = 24;
/** Milliseconds between two drawings. */
const PACE = 80;
const CLEAR = "\r\u001b[K";

export interface Progress {
  /** `part` of the work, 0 to 1, is done; `note` says what is going on. */
  update(part: number, note: string): void;
  /** Takes the bar off the screen. */
  end(): void;
}

export const silent: Progress = { update: () => {}, end: () => {} };

export function progressBar(label: string, write: (text: string) => void, now: () => number): Progress {
  let drawn = Number.NEGATIVE_INFINITY;
  return {
    update(part, note) {
      if (part < 1 && now() - drawn < PACE) return;
      drawn = now();
      write(`${CLEAR}${label} ${bar(part)} ${String(Math.floor(100 * part)).padStart(3)} % ${note}`);
    },
    end() {
      if (drawn > Number.NEGATIVE_INFINITY) write(CLEAR);
    },
  };
}

function bar(part: number): string {
  const full = Math.round(BAR * Math.min(1, Math.max(0, part)));
  return "█".repeat(full) + "░".repeat(BAR - full);
}
