// A record as a line for people at a terminal.

import type { LogRecord, TextFormatter } from "@logtape/logtape";

const COLORS: Record<LogRecord["level"], string> = {
  trace: "90",
  debug: "90",
  info: "32",
  warning: "33",
  error: "31",
  fatal: "35",
};

/** Time, level, message, then fields it does not say already; an error with its stack on lines of its own. */
export const prettyFormatter: TextFormatter = (record) => {
  const time = new Date(record.timestamp).toTimeString().slice(0, 8);
  const message = record.message.map(plain).join("");
  const fields: string[] = [], errors: string[] = [];
  for (const [name, value] of Object.entries(record.properties)) {
    if (value instanceof Error) errors.push(printable(Deno.inspect(value)));
    else if (!message.includes(plain(value))) fields.push(`${name}=${plain(value)}`);
  }
  const words = [colored("90", time), colored(COLORS[record.level], record.level), message];
  const line = [...words, ...fields.map((field) => colored("90", field))].join(" ");
  return [line, ...errors].join("\n") + "\n";
};

function plain(value: unknown): string {
  return printable(typeof value === "string" ? value : Deno.inspect(value));
}

/** Without what a terminal would obey: names of files and models may hold anything. */
function printable(text: string): string {
  return text.replace(/[^\P{Cc}\n\t]/gu, "\u{FFFD}");
}

function colored(code: string, text: string): string {
  return Deno.noColor ? text : `\x1b[${code}m${text}\x1b[0m`;
}
