// What a command is, and how its words are read. Help texts come from the same declaration.

import { parseArgs, type ParseArgsOptionsConfig } from "node:util";
import { type Problem, ValidationError } from "../lib/errors.ts";

export interface Option {
  type: "string" | "boolean";
  /** What stands for the value in the help text. */
  value?: string;
  help: string;
}

/** What was typed is at fault, not a file: the process ends with 2. */
export class UsageError extends ValidationError {}

export interface Arguments {
  positionals: string[];
  text(name: string): string | undefined;
  /** @throws {UsageError} when the option is missing or empty. */
  required(name: string): string;
  flag(name: string): boolean;
  /** @throws {UsageError} when the option is none of the choices. */
  choice<Choice extends string>(name: string, choices: readonly Choice[]): Choice | undefined;
  /** @throws {UsageError} when the option is not a number in the range. */
  number(
    name: string,
    fallback: number,
    range: { min: number; max: number; integer?: boolean },
  ): number;
}

export interface Command {
  name: string;
  summary: string;
  /** Positional words, as in "FILE"; "[FILE]" may be left out. */
  operands: string[];
  options: Record<string, Option>;
  example: string;
  run(args: Arguments): Promise<void>;
}

export const JSON_OPTION: Option = {
  type: "boolean",
  help: "print exactly one JSON object on stdout",
};

export const THREADS_OPTION: Option = {
  type: "string",
  value: "N",
  help: "compute threads (one per core); results do not depend on it",
};

export const NATIVE_OPTION: Option = {
  type: "boolean",
  help: "kernels of `deno task build:native`: faster, the same bits",
};

export const CORPUS_OPTION: Option = {
  type: "string",
  value: "PATH",
  help: "an uploaded corpus the recipe names by its SHA-256, or a folder of such files",
};

/** @throws {UsageError} for an unknown option, a missing value or a missing operand. */
export function readArguments(command: Command, words: string[]): Arguments {
  const options: ParseArgsOptionsConfig = {};
  for (const [name, { type }] of Object.entries(command.options)) options[name] = { type };
  // Not strict: a prompt may begin with a dash. What strict would refuse is refused below, by name.
  const { values, positionals, tokens } = parseArgs({
    args: words,
    options,
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  for (const token of tokens) if (token.kind === "option") checkOption(command, token);
  const needed = command.operands.filter((operand) => !operand.startsWith("[")).length;
  if (positionals.length < needed || positionals.length > command.operands.length) {
    throw usageError(command, {
      expected: command.operands.join(" ") || "options only",
      got: positionals.join(" ") || "nothing",
    });
  }
  return argumentsOf(command, positionals, values);
}

function argumentsOf(
  command: Command,
  positionals: string[],
  values: Record<string, unknown>,
): Arguments {
  const text = (name: string) => values[name] as string | undefined;
  const optionOf = (name: string) => `--${name} ${command.options[name].value}`;
  return {
    positionals,
    text,
    required(name) {
      const given = text(name);
      if (given) return given;
      const got = given === "" ? "an empty value" : "nothing";
      throw usageError(command, { expected: optionOf(name), got });
    },
    flag: (name) => values[name] === true,
    choice<Choice extends string>(name: string, choices: readonly Choice[]) {
      const given = text(name);
      const chosen = choices.find((choice) => choice === given);
      if (given === undefined || chosen !== undefined) return chosen;
      throw usageError(command, { expected: `--${name} ${choices.join(" or ")}`, got: given });
    },
    number(name, fallback, { min, max, integer = false }) {
      const given = text(name);
      if (given === undefined) return fallback;
      const value = Number(given);
      const fits = given.trim() !== "" && value >= min && value <= max;
      if (fits && (!integer || Number.isInteger(value))) return value;
      const kind = integer ? "a whole number" : "a number";
      throw usageError(command, {
        expected: `${kind} from ${min} to ${max} after --${name}`,
        got: given || "an empty value",
      });
    },
  };
}

interface OptionToken {
  name: string;
  rawName: string;
  value?: string;
  inlineValue?: boolean;
}

function checkOption(command: Command, { name, rawName, value, inlineValue }: OptionToken): void {
  const known = Object.keys(command.options);
  const option = Object.hasOwn(command.options, name) ? command.options[name] : undefined;
  if (!option || !rawName.startsWith("--")) {
    const expected = `one of ${known.map((name) => `--${name}`).join(", ")}`;
    throw usageError(command, { expected, got: rawName }, `There is no option ${rawName}`);
  }
  if (option.type === "boolean") {
    if (value === undefined) return;
    throw usageError(command, { expected: `${rawName} without a value`, got: value });
  }
  // `--prompt --bytes 5` has lost its prompt; `--prompt=--bytes` means it.
  const swallowed = !inlineValue && value?.startsWith("--") && known.includes(value.slice(2));
  if (value !== undefined && !swallowed) return;
  throw usageError(command, {
    expected: `${rawName} ${option.value}`,
    got: swallowed ? `${rawName} and then ${value}` : `${rawName} without a value`,
  });
}

/** An error about what was typed; the message is made of the problem unless given. */
export function usageError(
  { name }: Pick<Command, "name">,
  problem: Omit<Problem, "fix">,
  message = `Expected ${problem.expected}, got ${problem.got}`,
): UsageError {
  return new UsageError(message, { ...problem, fix: `See: deno task cli ${name} --help` });
}

/** The text of `--help`. */
export function helpText(command: Command): string {
  const rows = Object.entries(command.options).map(([name, { value, help }]) => [
    value ? `--${name} ${value}` : `--${name}`,
    help,
  ]);
  rows.push(["--help", "this text"]);
  const width = Math.max(28, ...rows.map(([words]) => words.length + 2));
  const operands = command.operands.map((operand) => ` ${operand}`).join("");
  return [
    command.summary,
    "",
    `Usage: deno task cli ${command.name}${operands} [options]`,
    "",
    ...rows.map(([words, help]) => `  ${words.padEnd(width)}${help}`),
    "",
    `Example: deno task cli ${command.example}`,
  ].join("\n");
}

/** The first sentence of a command's summary: its line in the list of commands. */
export function shortSummary({ summary }: Command): string {
  return summary.replaceAll("\n", " ").split(/(?<=\.) /)[0];
}
