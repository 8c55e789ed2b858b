// HTML as text, for tables whose hundreds of rows would be thousands of vnodes. What is put into it
// is escaped unless it is markup itself.

/** Text that is HTML already. */
export class Markup {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

type Part = Markup | string | number | null | undefined | false | readonly Markup[];

const ENTITIES: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escaped(text: string): string {
  return /[&<>"']/.test(text) ? text.replace(/[&<>"']/g, (letter) => ENTITIES[letter]) : text;
}

function textOf(part: Part): string {
  if (typeof part === "string") return escaped(part);
  if (part instanceof Markup) return part.text;
  if (typeof part === "number") return String(part);
  let text = "";
  if (part) { for (const each of part) text += each.text; }
  return text;
}

/** As a template: markup`<td class="${name}">${value}</td>`. Attributes stand in double quotes. */
export function markup(literals: TemplateStringsArray, ...parts: Part[]): Markup {
  let text = literals[0];
  for (let i = 0; i < parts.length; i++) text += textOf(parts[i]) + literals[i + 1];
  return new Markup(text);
}

/** What an element takes as its content. */
export function inside(content: Markup): { dangerouslySetInnerHTML: { __html: string } } {
  return { dangerouslySetInnerHTML: { __html: content.text } };
}
