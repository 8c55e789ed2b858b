// What a command is, and how its words are read. Help texts come from the same declaration.

import { parseArgs, type ParseArgsOptionsConfig } from "node:util";
import { ValidationError } from "../lib/errors.ts";

export interface Option {
  type: "string" | "boolean";
  /** What stands for the value in the help text. */
  value?: string;
  help: string;
}

export interface Arguments {
  positionals: string[];
  text(name: string): string | undefined;
  flag(name: string): boolean;
  /** @throws {ValidationError} when the option is not a number in the range. */
  number(
    name: string,
    fallback: number,
    range: { min: number; max: number; integer?: boolean },
  ): number;
}

export interface Command {
  name: string;
  summary: string;
  /** Positional words, as in "FILE". */
  operands: string[];
  options: Record<string, Option>;
  example: string;
  run(args: Arguments): Promise<void>;
}

export const JSON_OPTION: Option = {
  type: "boolean",
  help: "print exactly one JSON object on stdout",
};

/** @throws {ValidationError} for an unknown option or a missing operand. */
export function readArguments(command: Command, words: string[]): Arguments {
  const options: ParseArgsOptionsConfig = {};
  for (const [name, { type }] of Object.entries(command.options)) options[name] = { type };
  let parsed;
  try {
    parsed = parseArgs({ args: words, options, allowPositionals: true, strict: true });
  } catch (error) {
    throw usageError(command, (error as Error).message);
  }
  const { values, positionals } = parsed;
  if (positionals.length !== command.operands.length) {
    const expected = command.operands.join(" ") || "no words";
    throw usageError(command, `Expected ${expected}, got ${positionals.join(" ") || "nothing"}`);
  }
  const text = (name: string) => values[name] as string | undefined;
  return {
    positionals,
    text,
    flag: (name) => values[name] === true,
    number(name, fallback, { min, max, integer = false }) {
      const given = text(name);
      if (given === undefined) return fallback;
      const value = Number(given);
      const fits = given.trim() !== "" && value >= min && value <= max;
      if (fits && (!integer || Number.isInteger(value))) return value;
      const kind = integer ? "a whole number" : "a number";
      throw usageError(
        command,
        `Expected --${name} to be ${kind} from ${min} to ${max}, got ${given}`,
      );
    },
  };
}

function usageError(command: Command, message: string): ValidationError {
  return new ValidationError(message, {
    fix: `See: deno task cli ${command.name} --help`,
  });
}

export function helpText(command: Command): string {
  const rows = Object.entries(command.options).map(([name, { value, help }]) => {
    const words = value ? `--${name} ${value}` : `--${name}`;
    return `  ${words.padEnd(28)}${help}`;
  });
  const operands = command.operands.map((operand) => ` ${operand}`).join("");
  return [
    command.summary,
    "",
    `Usage: deno task cli ${command.name}${operands} [options]`,
    "",
    ...rows,
    `  ${"--help".padEnd(28)}this text`,
    "",
    `Example: deno task cli ${command.example}`,
  ].join("\n");
}
