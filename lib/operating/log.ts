// What the server says while it runs: lines of JSON, or of words on a terminal. Knows no secret
// itself: it is told which texts to hide.

import {
  configure,
  dispose,
  getJsonLinesFormatter,
  getLogger,
  type Logger,
  type LogLevel,
  type LogRecord,
  type Sink,
  type TextFormatter,
} from "@logtape/logtape";
import { redactByField, redactByPattern, type RedactionPatterns } from "@logtape/redaction";
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

/** Of every line about a request; its fields fill it in. */
export const ACCESS_MESSAGE = "{method} {path} {status}";

const HIDDEN = "[hidden]";
/** Levels that may wait for more lines to be written with. */
const CALM: ReadonlySet<LogLevel> = new Set(["trace", "debug", "info"]);
/** Names of fields whose values are never written. */
const SECRET_FIELDS = [/authorization|cookie|password|secret|token|api[-_]?key|database[-_]?url/i];
/** What secrets look like wherever they stand, whoever put them there. */
const SECRET_SHAPES = [
  { pattern: /\b(Bearer|Basic)\s+[\w.~+/=-]+/gi, replacement: `$1 ${HIDDEN}` },
  { pattern: /:\/\/[^\s/@"']{1,500}@/g, replacement: `://${HIDDEN}@` },
];

/** Until this is called nothing is written; calling it again takes the place of the first. */
export async function startLog(options: LogOptions): Promise<void> {
  const output = options.write ? null : new LineOutput(Deno.stdout);
  const write = options.write ?? ((line, urgent) => output!.write(line, urgent));
  const secrets = secretPatterns(options.secrets);
  const sink = (formatter: TextFormatter, patterns: RedactionPatterns): Sink => {
    const safe = patterns.length === 0 ? formatter : redactByPattern(formatter, patterns);
    return (record) => write(safe(record), !CALM.has(record.level));
  };
  const [general, access] = formattersOf(options.format);
  const lines = redactByField(sink(general, [...secrets, ...SECRET_SHAPES]), {
    fieldPatterns: SECRET_FIELDS,
    action: () => HIDDEN,
  });
  await configure({
    reset: true,
    // The fields of a request are chosen in one place, and all of them but the path are ours.
    sinks: { lines, access: sink(access, secrets) },
    loggers: [
      { category: "tinyproof", sinks: ["lines"], lowestLevel: options.level },
      {
        category: ["tinyproof", "access"],
        sinks: ["access"],
        parentSinks: "override",
        lowestLevel: options.access ? options.level : null,
      },
      { category: ["logtape", "meta"], sinks: ["lines"], lowestLevel: "warning" },
    ],
  });
  output?.flushOnExit();
}

/** Writes what is left. */
export const endLog: () => Promise<void> = dispose;

/** In general, and for lines about requests. */
function formattersOf(format: LogOptions["format"]): [TextFormatter, TextFormatter] {
  const pretty = format === "pretty" || (format === "auto" && Deno.stdout.isTerminal());
  if (pretty) return [prettyFormatter, prettyFormatter];
  return [getJsonLinesFormatter({ properties: "flatten" }), accessLine];
}

/** As the formatter of the library writes it, in a quarter of the time: one for every request. */
function accessLine({ timestamp, level, message, properties }: LogRecord): string {
  return JSON.stringify({
    "@timestamp": new Date(timestamp).toISOString(),
    level: level.toUpperCase(),
    message: message.join(""),
    logger: "tinyproof.access",
    ...properties,
  }) + "\n";
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
