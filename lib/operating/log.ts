// What the server says while it runs: lines of JSON, or of words on a terminal. Knows no secret
// itself: it is told which texts to hide.

import {
  configure,
  dispose,
  getJsonLinesFormatter,
  getLogger,
  type Logger,
  type LogLevel,
  type Sink,
  type TextFormatter,
} from "@logtape/logtape";
import { redactByField, redactByPattern } from "@logtape/redaction";
import { LineOutput } from "./line_output.ts";
import { prettyFormatter } from "./pretty_line.ts";

export const LOG_LEVELS = ["trace", "debug", "info", "warning", "error", "fatal"] as const;
export const LOG_FORMATS = ["auto", "json", "pretty"] as const;

export interface LogOptions {
  level: LogLevel;
  /** "auto" is pretty on a terminal and JSON elsewhere. */
  format: typeof LOG_FORMATS[number];
  /** A line for each request. */
  access: boolean;
  /** Texts that no line may hold. */
  secrets: readonly string[];
  /** Takes whole lines with their ends; standard output unless given. */
  write?: (line: string, urgent: boolean) => void;
}

/** Everything but requests. */
export const log: Logger = getLogger(["tinyproof"]);
/** One line a request. */
export const accessLog: Logger = getLogger(["tinyproof", "access"]);

const HIDDEN = "[hidden]";
/** Names of fields whose values are never written. */
const SECRET_FIELDS = [/authorization|cookie|password|secret|token|api[-_]?key|database[-_]?url/i];
/** What secrets look like wherever they stand, whoever put them there. */
const SECRET_SHAPES = [
  { pattern: /\b(Bearer|Basic)\s+[\w.~+/=-]+/gi, replacement: `$1 ${HIDDEN}` },
  { pattern: /\b([a-z][a-z0-9+.-]{0,30}:\/\/)[^\s/@"']{1,500}@/gi, replacement: `$1${HIDDEN}@` },
];

/** Until this is called nothing is written; calling it again takes the place of the first. */
export async function startLog(options: LogOptions): Promise<void> {
  const output = options.write ? null : new LineOutput(Deno.stdout);
  const write = options.write ?? ((line, urgent) => output!.write(line, urgent));
  const formatter = redactByPattern(formatterOf(options.format), [
    ...secretPatterns(options.secrets),
    ...SECRET_SHAPES,
  ]);
  const lines: Sink = (record) => {
    const urgent = record.level !== "trace" && record.level !== "debug" && record.level !== "info";
    write(formatter(record), urgent);
  };
  // Fields of a request's line are chosen in one place: only their values are looked through.
  const careful = redactByField(lines, { fieldPatterns: SECRET_FIELDS, action: () => HIDDEN });
  await configure({
    reset: true,
    sinks: { lines, careful },
    loggers: [
      { category: "tinyproof", sinks: ["careful"], lowestLevel: options.level },
      {
        category: ["tinyproof", "access"],
        sinks: ["lines"],
        parentSinks: "override",
        lowestLevel: options.access ? options.level : null,
      },
      { category: ["logtape", "meta"], sinks: ["careful"], lowestLevel: "warning" },
    ],
  });
  output?.flushOnExit();
}

/** Writes what is left. */
export const endLog: () => Promise<void> = dispose;

function formatterOf(format: LogOptions["format"]): TextFormatter {
  const pretty = format === "pretty" || (format === "auto" && Deno.stdout.isTerminal());
  return pretty ? prettyFormatter : getJsonLinesFormatter({ properties: "flatten" });
}

/** Each secret as it is, inside an address, inside JSON, and inside the JSON of a message. */
function secretPatterns(secrets: readonly string[]) {
  const texts = secrets.flatMap((secret) => [
    secret,
    encodeURIComponent(secret),
    escaped(secret),
    escaped(escaped(secret)),
  ]);
  return [...new Set(texts)].sort((a, b) => b.length - a.length).map((text) => ({
    pattern: new RegExp(RegExp.escape(text), "g"),
    replacement: HIDDEN,
  }));
}

function escaped(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}
