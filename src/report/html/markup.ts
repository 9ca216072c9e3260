/** HTML as text that cannot be forgotten to be escaped: strings are content, only `Html` is markup. */

export interface Html {
  readonly markup: string;
}

export type Content = Html | string | number | readonly Content[] | undefined;

/** Builds markup: html`<p>${anything}</p>`. Works for attributes in double quotes too. */
export function html(strings: TemplateStringsArray, ...values: readonly Content[]): Html {
  const parts = strings.map((text, index) => text + render(values[index]));
  return { markup: parts.join("") };
}

/** Markup from a source that is trusted to be markup: our own plots and style. */
export const trusted = (markup: string): Html => ({ markup });

function render(content: Content): string {
  if (content === undefined) return "";
  if (typeof content === "number") return String(content);
  if (typeof content === "string") return escapeText(content);
  return "markup" in content ? content.markup : content.map(render).join("");
}

function escapeText(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
