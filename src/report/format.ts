/**
 * Figures as text: short, with their unit, and never wider than `FIGURE_WIDTH`, so that a table's width does not
 * depend on what was measured.
 */

/** No figure that this file prints is wider. */
export const FIGURE_WIDTH = 11;

/** A count. Grouped by thousands below 10⁹ ("38,244"), with an SI prefix above ("4.13 G"). */
export function count(n: number): string {
  if (n < 1e9) return String(Math.round(n)).replace(/\B(?=(\d{3})+$)/g, ",");
  return prefixed(n, 1000, ["", "k", "M", "G", "T", "P", "E"]);
}

/** A count in five columns: "38,244" is too wide, "38.2k" is not. For tables with many columns. */
export function shortCount(n: number): string {
  if (n < 10_000) return String(Math.round(n));
  return prefixed(n, 1000, ["", "k", "M", "G", "T", "P", "E"]).replace(" ", "");
}

/** A time span. */
export function seconds(s: number): string {
  if (s === 0) return "0 s";
  if (s < 1e-3) return `${significant(s * 1e6)} µs`;
  if (s < 0.9995) return `${significant(s * 1e3)} ms`;
  if (s < 600) return `${significant(s)} s`;
  return s < 36_000 ? `${significant(s / 60)} min` : `${shortCount(s / 3600)} h`;
}

/** A size. */
export function bytes(n: number): string {
  return n < 1024 ? `${Math.round(n)} B` : prefixed(n, 1024, ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]);
}

/** A noun with its number: "1 CPU", "3 CPUs". */
export function plural(n: number, noun: string): string {
  return `${count(n)} ${noun}${n === 1 ? "" : "s"}`;
}

/** A part of a whole, in percent. Below 100 % never prints as "100 %", above 0 % never as "0 %". */
export function share(part: number, whole: number): string {
  if (whole === 0) return "–";
  if (part === 0) return "0 %";
  if (part === whole) return "100 %";
  const percent = (100 * part) / whole;
  if (percent > 0 && percent < 0.01) return "<0.01 %";
  return `${percent > 99 ? (Math.floor(percent * 100) / 100).toFixed(2) : significant(percent)} %`;
}

/** `n` in the largest unit of which it has at least one. */
function prefixed(n: number, step: number, units: readonly string[]): string {
  let value = n;
  let unit = 0;
  // 999.5 would print as "1000".
  while (value >= step - 0.5 && unit < units.length - 1) {
    value /= step;
    unit++;
  }
  return `${significant(value)} ${units[unit] ?? ""}`;
}

/** Three significant digits, without an exponent. */
function significant(value: number): string {
  if (value >= 99.95) return String(Math.round(value));
  return value.toFixed(value >= 9.995 ? 1 : 2);
}
